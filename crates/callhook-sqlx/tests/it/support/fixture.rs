//! A store in a database of its own, whichever that is.

use callhook_sqlx::sqlx::{Pool, Postgres, Sqlite, Transaction};
use callhook_sqlx::{CommitError, SqlxStore, StoreDatabase};

use super::{File, Level, PATIENT, database, pool_at, receipt, within};
use callhook::replay::Lease;

pub(crate) struct Fixture<DB: StoreDatabase> {
    pub(crate) pool: Pool<DB>,
    pub(crate) store: SqlxStore<DB>,
    begin: &'static str,
    _file: Option<File>,
}

pub(crate) async fn postgres() -> Fixture<Postgres> {
    postgres_at(Level::ReadCommitted).await
}

pub(crate) async fn postgres_at(level: Level) -> Fixture<Postgres> {
    let pool = pool_at(&database(), 10, level);
    Fixture::new(pool, "begin", None).await
}

pub(crate) async fn sqlite() -> Fixture<Sqlite> {
    let file = File::new();
    Fixture::new(file.pool(), "begin immediate", Some(file)).await
}

impl<DB: StoreDatabase> Fixture<DB> {
    async fn new(pool: Pool<DB>, begin: &'static str, file: Option<File>) -> Self {
        let store = SqlxStore::new(pool.clone()).timeout(PATIENT);
        store.migrate().await.expect("tables");
        Self {
            pool,
            store,
            begin,
            _file: file,
        }
    }

    pub(crate) async fn begin(&self) -> Transaction<'static, DB> {
        let transaction = self.pool.begin_with(self.begin);
        within(transaction).await.expect("a transaction")
    }

    /// Marks in a transaction of its own, with a receipt of its own, and commits it.
    pub(crate) async fn mark(&self, lease: &Lease) -> Result<(), CommitError> {
        let mut transaction = self.begin().await;
        let receipt = receipt(&self.store, lease);
        let marked = self.store.commit_receipt_in(&mut transaction, &receipt);
        within(marked).await?;
        transaction.commit().await.expect("a commit");
        Ok(())
    }
}
