//! Calls assembled from their messages, in the application's database: [`SqlxCalls`].

mod apply;
pub(crate) mod backend;
mod columns;
pub(crate) mod cursor;
mod error;
mod read;
mod remove;
mod update;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sqlx::Pool;

use self::backend::CallTexts;
pub use self::cursor::{ChangeCursor, InvalidCursor};
pub use self::error::CallsError;
pub use self::read::{Changes, StoredCall, StoredCalls};
pub use self::update::CallUpdate;
use crate::database::StoreDatabase;
use crate::names::Names;
use crate::{SqlxStore, SqlxStoreError};

/// The calls in a database. Cheap to clone.
pub struct SqlxCalls<DB: StoreDatabase> {
    pool: Pool<DB>,
    names: Names,
    texts: Arc<CallTexts>,
}

impl<DB: StoreDatabase> SqlxCalls<DB> {
    /// The calls in the pool's database. Reading, pruning and erasing take their connections from this pool;
    /// [`apply`](Self::apply) is done in a transaction of the application's, of this pool or another of the same database.
    #[must_use]
    pub fn new(pool: Pool<DB>) -> Self {
        Self::with_names(pool, Names::default())
    }

    fn with_names(pool: Pool<DB>, names: Names) -> Self {
        Self {
            pool,
            texts: CallTexts::new::<DB>(&names),
            names,
        }
    }

    /// Begins the names of all tables with this, and an underscore. `callhook` by default, as for
    /// [`SqlxStore::prefix`], which has to be the same where the store's `migrate` is to make the tables.
    ///
    /// # Errors
    ///
    /// When it is not 1 to 40 of `a` to `z`, `0` to `9` and `_`, or begins with a digit.
    pub fn prefix(self, prefix: &str) -> Result<Self, SqlxStoreError> {
        Ok(Self::with_names(self.pool, self.names.prefix(prefix)?))
    }

    /// Makes the tables, those of the store too, or brings them up to this release's version: as [`SqlxStore::migrate`],
    /// which does the same.
    ///
    /// # Errors
    ///
    /// When the database can't be reached or refuses; in SQLite also when the journal can't be a write-ahead log.
    pub async fn migrate(&self) -> Result<(), SqlxStoreError> {
        let connections = DB::connections(&self.pool, MIGRATION_TIMEOUT);
        DB::migrate(&self.pool, &connections, &self.names).await
    }

    fn pool(&self) -> &Pool<DB> {
        &self.pool
    }

    fn texts(&self) -> &CallTexts {
        &self.texts
    }
}

/// Twice what a connection of SQLite's waits for the writer.
const MIGRATION_TIMEOUT: Duration = Duration::from_secs(10);

#[cfg(feature = "postgres")]
impl SqlxCalls<sqlx::Postgres> {
    /// Has the tables in this schema, which has to exist, instead of the first one of the connection's `search_path`.
    ///
    /// # Errors
    ///
    /// When it is not 1 to 40 of `a` to `z`, `0` to `9` and `_`, or begins with a digit.
    #[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
    pub fn schema(self, schema: &str) -> Result<Self, SqlxStoreError> {
        Ok(Self::with_names(self.pool, self.names.schema(schema)?))
    }
}

impl<DB: StoreDatabase> SqlxStore<DB> {
    /// The calls beside this store's marks: in the same pool's database, with the same names.
    #[must_use]
    pub fn calls(&self) -> SqlxCalls<DB> {
        SqlxCalls::with_names(self.pool().clone(), self.names().clone())
    }
}

impl<DB: StoreDatabase> Clone for SqlxCalls<DB> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            names: self.names.clone(),
            texts: Arc::clone(&self.texts),
        }
    }
}

impl<DB: StoreDatabase> fmt::Debug for SqlxCalls<DB> {
    /// Without the database's address, which may come with a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlxCalls")
            .field("database", &DB::NAME)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}
