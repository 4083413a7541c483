//! The store.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use callhook::replay::{Claim, Lease, ReplayStore, Settled, Settlement, StoreId};
use sqlx::{Connection as _, Pool};
use tokio::time::timeout;

use crate::database::{StoreDatabase, trouble};
use crate::later::{Settle, Settler};
use crate::link::Link;
use crate::local::LocalClaims;
use crate::names::Names;
use crate::prune::Pruning;
use crate::steps::{Forget, Prune};
use crate::transitions::Transitions;
use crate::{SqlxStoreError, SqlxStoreErrorKind};

/// A replay store in the application's own database, `sqlx::Postgres` or `sqlx::Sqlite`. Cheap to clone; clones are one
/// store.
///
/// The rules it keeps, and what the database needs, are in the [crate's documentation](crate).
pub struct SqlxStore<DB: StoreDatabase> {
    id: StoreId,
    pool: Pool<DB>,
    settings: Settings,
    transitions: Arc<Transitions<DB>>,
    settler: Arc<Settler<DB>>,
}

#[derive(Clone, Debug)]
struct Settings {
    names: Names,
    timeout: Duration,
    is_local: bool,
}

/// A database nearby answers within milliseconds. A sender waits for seconds, and a message can meet this limit twice:
/// at its claim, and when it is settled.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(1);

/// With no time at all the store could never answer.
const MIN_TIMEOUT: Duration = Duration::from_millis(10);

/// Senders give up long before that.
const MAX_TIMEOUT: Duration = Duration::from_secs(60);

impl<DB: StoreDatabase> SqlxStore<DB> {
    /// A store in the pool's database.
    ///
    /// In Postgres it takes its connections from this pool, for one statement at a time; claims that wait at the same
    /// time share one. A pool whose connections are all with handlers makes claims wait, and then fail: give the store
    /// a pool of its own, which transactions for [`commit_in`](Self::commit_in) need not come from, or the endpoint
    /// [`OnStoreFailure::Refuse`](callhook::OnStoreFailure::Refuse). In SQLite it opens up to five connections of its
    /// own to the pool's file, with the pool's options.
    ///
    /// # Panics
    ///
    /// With SQLite outside a tokio runtime, as making a pool does.
    #[must_use]
    pub fn new(pool: Pool<DB>) -> Self {
        Self::of(
            pool,
            Settings {
                names: Names::default(),
                timeout: DEFAULT_TIMEOUT,
                is_local: false,
            },
        )
    }

    /// Begins the names of all tables with this, and an underscore. `callhook` by default.
    ///
    /// Call it on the store that the endpoint is then given: what it returns is a store of its own.
    ///
    /// # Errors
    ///
    /// When it is not 1 to 40 of `a` to `z`, `0` to `9` and `_`, or begins with a digit.
    pub fn prefix(self, prefix: &str) -> Result<Self, SqlxStoreError> {
        let mut settings = self.settings;
        settings.names = settings.names.prefix(prefix)?;
        Ok(Self::of(self.pool, settings))
    }

    /// How long one call may take, with the wait for a connection: one second by default, a minute at most and 10 ms at
    /// least. The endpoint has no timeout of its own for the store.
    ///
    /// A statement waits for a lock for less than that: 300 ms or half of the limit in Postgres, half of it in SQLite.
    /// It doesn't bound [`commit_in`](Self::commit_in), whose transaction is the application's, nor
    /// [`migrate`](Self::migrate).
    ///
    /// As [`prefix`](Self::prefix) does, it returns a store of its own.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        let mut settings = self.settings;
        settings.timeout = timeout.clamp(MIN_TIMEOUT, MAX_TIMEOUT);
        Self::of(self.pool, settings)
    }

    /// Holds claims in this process, and only marks in the database: a claim reads, and writes nothing.
    ///
    /// The price: copies of a message that reach two processes at the same time both run. With
    /// [`commit_in`](Self::commit_in) one of them has its effects in the database and the other is rolled back, so for
    /// such handlers it costs nothing but the work. **Handlers that don't use `commit_in` handle such copies twice.**
    /// In return a message costs one write instead of two, and a process that is killed leaves no leases behind.
    ///
    /// It saves some of the processor time of claims in the database, not all: reading the mark is a statement too, in
    /// Postgres one for all claims that wait at the same time. The mark itself stays. The README has figures.
    ///
    /// As [`prefix`](Self::prefix) does, it returns a store of its own.
    #[must_use]
    pub fn claims_in_process(self) -> Self {
        let mut settings = self.settings;
        settings.is_local = true;
        Self::of(self.pool, settings)
    }

    /// Makes the tables, or brings them up to this release's version. Call it when the application starts, in as many
    /// processes as there are: one of them does it, and the others wait. Each version is recorded in
    /// `callhook_versions`.
    ///
    /// In SQLite it makes the journal a write-ahead log, which the file then stays with.
    ///
    /// To have the tables in migrations of your own instead, take their text from [`statements`](crate::statements),
    /// and don't call this.
    ///
    /// # Errors
    ///
    /// When the database can't be reached or refuses; in SQLite also when the journal can't be a write-ahead log.
    pub async fn migrate(&self) -> Result<(), SqlxStoreError> {
        let connections = self.link().connections();
        match DB::migrate(&self.pool, connections, &self.settings.names).await {
            Err(error) => Err(self.with_cause(error).await),
            migrated => migrated,
        }
    }

    /// Deletes what is over, up to so many rows, and returns how many. Call it again while it returns the whole batch.
    ///
    /// Nothing else deletes: a store that is never pruned keeps a row for each message, and answers as if it didn't.
    ///
    /// # Errors
    ///
    /// When the database can't do it within the store's limit. A smaller batch is quicker.
    pub async fn prune(&self, batch: NonZeroU32) -> Result<u64, SqlxStoreError> {
        self.link().take(&Prune(batch.get())).await
    }

    /// Prunes in a task of the current runtime: at once, and then again and again after this time, in batches of this
    /// many rows. Several processes may do so; each deletes what the others don't.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn prune_every(&self, every: Duration, batch: NonZeroU32) -> Pruning {
        Pruning::start(Arc::clone(&self.transitions), every, batch)
    }

    /// Forgets that a message was handled, in all of its contents, so that the sender's next copy is handled again.
    /// Returns how many contents that were. What is being handled right now stays as it is, and so does, until its
    /// lease has run out, a claim in a process whose transaction has marked the message.
    ///
    /// The key is the [`message_key`](callhook::replay::Identity::message_key), whose 64 hexadecimal digits the log
    /// shows.
    ///
    /// # Errors
    ///
    /// When the database can't do it within the store's limit.
    pub async fn forget(&self, message_key: [u8; 32]) -> Result<u64, SqlxStoreError> {
        match self.link().take(&Forget(message_key)).await {
            Err(error) => Err(self.with_cause(error).await),
            forgotten => forgotten,
        }
    }

    /// A pool that can't connect tries again until its time is over, and then says only that no connection became free.
    /// Where it has none, one that is made beside it tells why.
    async fn with_cause(&self, error: SqlxStoreError) -> SqlxStoreError {
        if error.kind() != SqlxStoreErrorKind::NoConnection || self.pool.size() > 0 {
            return error;
        }
        let options = self.pool.connect_options();
        let connected = timeout(
            self.settings.timeout,
            DB::Connection::connect_with(&options),
        );
        match connected.await {
            Ok(Err(cause)) => trouble::<DB>(cause),
            Ok(Ok(_)) | Err(_) => error,
        }
    }

    pub(crate) fn id(&self) -> StoreId {
        self.id
    }

    pub(crate) fn pool(&self) -> &Pool<DB> {
        &self.pool
    }

    pub(crate) fn names(&self) -> &Names {
        &self.settings.names
    }

    pub(crate) fn link(&self) -> &Link<DB> {
        self.transitions.link()
    }

    /// With an identity and a queue of its own.
    fn of(pool: Pool<DB>, settings: Settings) -> Self {
        let link = Link::new(&pool, &settings.names, settings.timeout);
        let local = settings.is_local.then(LocalClaims::new);
        let transitions = Arc::new(Transitions::new(link, local));
        Self {
            id: StoreId::unique(),
            pool,
            settings,
            settler: Arc::new(Settler::new(Arc::clone(&transitions))),
            transitions,
        }
    }
}

#[cfg(feature = "postgres")]
impl SqlxStore<sqlx::Postgres> {
    /// Has the tables in this schema, which has to exist, instead of the first one of the connection's `search_path`.
    ///
    /// As [`prefix`](Self::prefix) does, it returns a store of its own.
    ///
    /// # Errors
    ///
    /// When it is not 1 to 40 of `a` to `z`, `0` to `9` and `_`, or begins with a digit.
    #[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
    pub fn schema(self, schema: &str) -> Result<Self, SqlxStoreError> {
        let mut settings = self.settings;
        settings.names = settings.names.schema(schema)?;
        Ok(Self::of(self.pool, settings))
    }
}

impl<DB: StoreDatabase> ReplayStore for SqlxStore<DB> {
    type Error = SqlxStoreError;

    async fn claim(&self, lease: &Lease) -> Result<Claim, SqlxStoreError> {
        // What waits, because the runtime of its task has gone, is settled beside this.
        self.settler.start();
        self.transitions.claim(lease).await
    }

    async fn commit(&self, lease: &Lease) -> Result<Settled, SqlxStoreError> {
        self.transitions.commit(lease).await
    }

    async fn release(&self, lease: &Lease) -> Result<Settled, SqlxStoreError> {
        self.transitions.release(lease).await
    }

    fn settle_later(&self, lease: Lease, settlement: Settlement) {
        if !self.transitions.settle_now(&lease, settlement) {
            self.settler.settle(Settle::new(&lease, settlement));
        }
    }

    async fn flush(&self) {
        self.settler.flush().await;
    }

    fn store_id(&self) -> Option<StoreId> {
        Some(self.id)
    }
}

impl<DB: StoreDatabase> Clone for SqlxStore<DB> {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            pool: self.pool.clone(),
            settings: self.settings.clone(),
            transitions: Arc::clone(&self.transitions),
            settler: Arc::clone(&self.settler),
        }
    }
}

impl<DB: StoreDatabase> fmt::Debug for SqlxStore<DB> {
    /// Without the database's address, which may come with a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlxStore")
            .field("database", &DB::NAME)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
