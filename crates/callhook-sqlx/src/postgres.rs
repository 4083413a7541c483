//! Postgres: one statement for each transition, or for several that are asked about at the same time, on the
//! application's pool.

mod calls;

use std::collections::HashMap;
use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Postgres, Row, SqlStr};

use crate::ask::Ask;
use crate::database::{Backend, Connections, Found, StoreDatabase, Texts, Value, trouble};
use crate::migrate::{self, Versions};
use crate::names::{LOCK_TIMEOUT, Names};
use crate::statements::postgres as statements;
use crate::{SqlxStoreError, SqlxStoreErrorKind};

impl StoreDatabase for Postgres {}

impl Backend for Postgres {
    const MIGRATIONS: &'static [&'static str] = &[statements::TABLE, statements::CALL_TABLES];
    const LOCKS_ROWS: bool = true;
    const ASKS_TOGETHER: bool = true;

    const TEXTS: Texts<&'static str> = Texts {
        look: "",
        claim: statements::CLAIM,
        claim_new: statements::CLAIM_NEW,
        mark: statements::MARK,
        commit: statements::COMMIT,
        whose: statements::WHOSE,
        release: statements::RELEASE,
        marks: statements::MARKS,
        marks_all: statements::MARKS_ALL,
        prune: statements::PRUNE,
        forget: statements::FORGET,
    };

    fn connections(pool: &PgPool, timeout: Duration) -> Connections<Self> {
        Connections {
            quick: pool.clone(),
            durable: pool.clone(),
            // For less than the store does, or the client would have gone by then.
            lock_timeout: LOCK_TIMEOUT.min(timeout / 2),
        }
    }

    fn kind(code: &str, _message: &str) -> SqlxStoreErrorKind {
        match code {
            "25006" => SqlxStoreErrorKind::ReadOnly,
            "3D000" => SqlxStoreErrorKind::NoDatabase,
            "40001" | "40P01" => SqlxStoreErrorKind::Conflict,
            "42501" => SqlxStoreErrorKind::Denied,
            // A missing table, column or schema.
            "42P01" | "42703" | "3F000" => SqlxStoreErrorKind::NotMigrated,
            "53100" => SqlxStoreErrorKind::Full,
            // All of its connections are in use, by whomever.
            "53300" => SqlxStoreErrorKind::NoConnection,
            "55P03" => SqlxStoreErrorKind::Locked,
            "57014" => SqlxStoreErrorKind::Timeout,
            // It stops, crashes or starts.
            "57P01" | "57P02" | "57P03" | "57P05" => SqlxStoreErrorKind::Unreachable,
            code if code.starts_with("08") => SqlxStoreErrorKind::Unreachable,
            code if code.starts_with("28") => SqlxStoreErrorKind::Denied,
            _ => SqlxStoreErrorKind::Other,
        }
    }

    async fn claim(
        connection: &mut PgConnection,
        texts: &Texts,
        ask: &Ask,
    ) -> Result<Found, sqlx::Error> {
        let row = sqlx::query(texts.claim.clone())
            .bind(&ask.message[..])
            .bind(&ask.content[..])
            .bind(&ask.token[..])
            .bind(ask.duration)
            .fetch_one(connection)
            .await?;
        found(&row)
    }

    async fn claim_new(
        connection: &mut PgConnection,
        texts: &Texts,
        asks: &[Ask],
    ) -> Result<Vec<Option<Found>>, sqlx::Error> {
        let rows = sqlx::query(texts.claim_new.clone())
            .bind(each(asks, |ask| ask.message))
            .bind(each(asks, |ask| ask.content))
            .bind(each(asks, |ask| ask.token))
            .bind(each(asks, |ask| ask.duration))
            .fetch_all(connection)
            .await?;
        let mut new = HashMap::with_capacity(rows.len());
        for row in &rows {
            new.insert(row.try_get::<&[u8], _>(0)?, row.try_get(1)?);
        }
        let found = asks.iter().map(|ask| {
            let has_others = new.get(&ask.message[..]).copied();
            has_others.map(|has_others| Found::new(0, true, ask.duration, has_others))
        });
        found.map(Option::transpose).collect()
    }

    async fn marks_all(
        connection: &mut PgConnection,
        texts: &Texts,
        asks: &[Ask],
    ) -> Result<Vec<(bool, bool)>, sqlx::Error> {
        let rows = sqlx::query(texts.marks_all.clone())
            .bind(each(asks, |ask| ask.message))
            .bind(each(asks, |ask| ask.content))
            .fetch_all(connection)
            .await?;
        let marks = |row: &PgRow| Ok((row.try_get(0)?, row.try_get(1)?));
        rows.iter().map(marks).collect()
    }

    async fn execute(
        connection: &mut PgConnection,
        text: &SqlStr,
        values: &[Value<'_>],
    ) -> Result<u64, sqlx::Error> {
        let done = query(text, values).execute(connection).await?;
        Ok(done.rows_affected())
    }

    async fn booleans<const N: usize>(
        connection: &mut PgConnection,
        text: &SqlStr,
        values: &[Value<'_>],
    ) -> Result<Option<[bool; N]>, sqlx::Error> {
        let row: Option<PgRow> = query(text, values).fetch_optional(connection).await?;
        let Some(row) = row else { return Ok(None) };
        let mut booleans = [false; N];
        for (column, boolean) in booleans.iter_mut().enumerate() {
            *boolean = row.try_get(column)?;
        }
        Ok(Some(booleans))
    }

    async fn script(connection: &mut PgConnection, text: &SqlStr) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(text.clone()).execute(connection).await?;
        Ok(())
    }

    async fn migrate(
        pool: &PgPool,
        _: &Connections<Self>,
        names: &Names,
    ) -> Result<(), SqlxStoreError> {
        let versions = Versions::new::<Self>(names, statements::VERSIONS);
        let mut connection = pool.acquire().await.map_err(trouble::<Self>)?;
        if versions.are_up_to_date::<Self>(&mut connection).await? {
            return Ok(());
        }
        drop(connection);
        // At any other level this transaction would go on seeing what it saw before it had the lock.
        let transaction = pool
            .begin_with("begin isolation level read committed")
            .await;
        let mut transaction = transaction.map_err(trouble::<Self>)?;
        sqlx::query("select pg_advisory_xact_lock($1)")
            .bind(migrate::LOCK)
            .execute(&mut *transaction)
            .await
            .map_err(trouble::<Self>)?;
        versions.apply::<Self>(&mut transaction).await?;
        transaction.commit().await.map_err(trouble::<Self>)
    }
}

fn found(row: &PgRow) -> Result<Found, sqlx::Error> {
    Found::new(
        row.try_get::<i16, _>(0)?.into(),
        row.try_get(1)?,
        row.try_get(2)?,
        row.try_get(3)?,
    )
}

/// One value of each, for an array.
fn each<T>(asks: &[Ask], value: impl Fn(&Ask) -> T) -> Vec<T> {
    asks.iter().map(value).collect()
}

fn query<'q>(
    text: &SqlStr,
    values: &'q [Value<'q>],
) -> sqlx::query::Query<'q, Postgres, sqlx::postgres::PgArguments> {
    let mut query = sqlx::query(text.clone());
    for value in values {
        query = match *value {
            Value::Bytes(bytes) => query.bind(bytes),
            Value::Number(number) => query.bind(number),
        };
    }
    query
}
