//! Tables that grow from version to version.

use std::time::Duration;

use sqlx::{SqlStr, Transaction};

use crate::database::{Backend, Value, trouble};
use crate::names::Names;
use crate::{SqlxStoreError, SqlxStoreErrorKind};

/// Names callhook's migrations among a database's advisory locks: "callhook" in ASCII.
#[cfg(feature = "postgres")]
pub(crate) const LOCK: i64 = 0x63616c6c_686f6f6b;

/// The versions that a database has, and those that it is to have.
pub(crate) struct Versions {
    table: SqlStr,
    is_at: SqlStr,
    record: SqlStr,
    migrations: Vec<SqlStr>,
}

/// The statements about versions.
pub(crate) struct VersionTexts {
    pub(crate) table: &'static str,
    /// Whether the database is at this version, or beyond it.
    pub(crate) is_at: &'static str,
    pub(crate) record: &'static str,
}

impl Versions {
    pub(crate) fn new<DB: Backend>(names: &Names, texts: VersionTexts) -> Self {
        // No limit for locks is set by these.
        let named = |text| names.statement(text, Duration::from_millis(300));
        Self {
            table: named(texts.table),
            is_at: named(texts.is_at),
            record: named(texts.record),
            migrations: DB::MIGRATIONS.iter().map(|text| named(text)).collect(),
        }
    }

    /// Whether nothing is to be done. A database may be ahead: a newer release has been here, and versions only add.
    pub(crate) async fn are_up_to_date<DB: Backend>(
        &self,
        connection: &mut DB::Connection,
    ) -> Result<bool, SqlxStoreError> {
        let is_at = self
            .is_at::<DB>(connection, self.migrations.len())
            .await
            .map_err(trouble::<DB>);
        match is_at {
            Err(error) if error.kind() == SqlxStoreErrorKind::NotMigrated => Ok(false),
            is_at => is_at,
        }
    }

    /// Brings the database up to date. Nobody else may be at it.
    pub(crate) async fn apply<DB: Backend>(
        &self,
        transaction: &mut Transaction<'_, DB>,
    ) -> Result<(), SqlxStoreError> {
        let error = trouble::<DB>;
        DB::script(transaction, &self.table).await.map_err(error)?;
        for (index, migration) in self.migrations.iter().enumerate() {
            let version = index + 1;
            if self
                .is_at::<DB>(transaction, version)
                .await
                .map_err(error)?
            {
                continue;
            }
            DB::script(transaction, migration).await.map_err(error)?;
            let values = [number(version)];
            DB::execute(transaction, &self.record, &values)
                .await
                .map_err(error)?;
        }
        Ok(())
    }

    async fn is_at<DB: Backend>(
        &self,
        connection: &mut DB::Connection,
        version: usize,
    ) -> Result<bool, sqlx::Error> {
        let values = [number(version)];
        let row = DB::booleans(connection, &self.is_at, &values).await?;
        Ok(row.is_some_and(|[is_at]| is_at))
    }
}

fn number(version: usize) -> Value<'static> {
    Value::Number(i64::try_from(version).unwrap_or(i64::MAX))
}
