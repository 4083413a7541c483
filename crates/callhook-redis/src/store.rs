//! The store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use callhook::replay::{Claim, Lease, ReplayStore, Settled, Settlement};
use redis::Client;
use redis::aio::ConnectionManager;
#[cfg(feature = "cluster")]
use redis::{cluster::ClusterClient, cluster_async::ClusterConnection};

use crate::RedisStoreError;
#[cfg(doc)]
use crate::RedisStoreErrorKind;
use crate::ask::Ask;
use crate::key::Keys;
use crate::later::{Settle, Settler};
use crate::link::{LazyConnection, Link};
use crate::ping;
#[cfg(feature = "cluster")]
use crate::tls;
use crate::transitions::Transitions;

/// A replay store in Redis, for all processes that are given the same server and prefix. Cheap to clone; clones are one
/// store.
///
/// The rules it keeps, and what the server needs, are in the [crate's documentation](crate).
#[derive(Clone)]
pub struct RedisStore {
    prefix: Arc<str>,
    timeout: Duration,
    transitions: Arc<Transitions>,
    settler: Arc<Settler>,
}

/// Tells the keys apart from those of other users of the server.
const DEFAULT_PREFIX: &str = "callhook";

/// A server nearby answers within a millisecond, and within some hundred while it forks for a snapshot. A sender waits
/// for seconds, and a message can meet this limit twice: at its claim, and when it is settled.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(1);

/// With less, a store would never answer in time.
const MIN_TIMEOUT: Duration = Duration::from_millis(1);

/// So that every call ends.
const MAX_TIMEOUT: Duration = Duration::from_secs(60);

impl RedisStore {
    /// A store on the server of this URL, such as `redis://user:password@redis.internal:6379/0`.
    ///
    /// It connects when it is first needed, and again whenever the connection is lost, so that an application starts
    /// while Redis is down, and each message is then treated according to
    /// [`on_store_failure`](callhook::EndpointBuilder::on_store_failure). To find a mistake in the URL's host or
    /// password at the start, call [`ping`](Self::ping).
    ///
    /// A `rediss://` URL needs the feature `tls-rustls` or `tls-native-tls`: see [TLS](crate#tls).
    ///
    /// # Errors
    ///
    /// When the URL is not one of a Redis server, or needs a feature that is missing. Nothing is connected yet.
    pub fn connect(url: &str) -> Result<Self, RedisStoreError> {
        let client = Client::open(url).map_err(|error| RedisStoreError::config(&error))?;
        Ok(Self::from_client(client))
    }

    /// A store on the server of a client of the `redis` crate, for what a URL can't say: certificates, TCP settings.
    ///
    /// It connects as [`connect`](Self::connect) does.
    #[must_use]
    pub fn from_client(client: Client) -> Self {
        Self::on(Link::Server(Box::new(client), LazyConnection::new()))
    }

    /// A store on a connection that the application has already.
    ///
    /// The store's timeout applies in addition to the manager's own. The manager decides when it reconnects, and it
    /// stays with a server that was made a replica, or that vanished silently, for as long as that connection lasts;
    /// [`connect`](Self::connect) doesn't. In redis 1.8 it also answers the first call after an outage with the
    /// outage's last error.
    #[must_use]
    pub fn new(connection: ConnectionManager) -> Self {
        Self::on(Link::Manager(connection))
    }

    /// A store on the cluster that has the nodes of these URLs. It connects when it is first needed.
    ///
    /// # Errors
    ///
    /// When there is no URL, one that is not one of a Redis server, or one that needs a feature that is missing.
    /// Nothing is connected yet.
    #[cfg(feature = "cluster")]
    #[cfg_attr(docsrs, doc(cfg(feature = "cluster")))]
    pub fn connect_cluster<U: AsRef<str>>(
        urls: impl IntoIterator<Item = U>,
    ) -> Result<Self, RedisStoreError> {
        let urls: Vec<_> = urls
            .into_iter()
            .map(|url| url.as_ref().to_owned())
            .collect();
        let client = tls::cluster(urls).map_err(|error| RedisStoreError::config(&error))?;
        Ok(Self::from_cluster_client(client))
    }

    /// A store on the cluster of a client of the `redis` crate, for what URLs can't say: certificates, the addresses by
    /// which its nodes are reached.
    ///
    /// It connects when it is first needed. The timeouts are the store's, whatever the client's are.
    #[cfg(feature = "cluster")]
    #[cfg_attr(docsrs, doc(cfg(feature = "cluster")))]
    #[must_use]
    pub fn from_cluster_client(client: ClusterClient) -> Self {
        Self::on(Link::Cluster(Box::new(client), LazyConnection::new()))
    }

    /// A store on a cluster that the application is connected to already.
    #[cfg(feature = "cluster")]
    #[cfg_attr(docsrs, doc(cfg(feature = "cluster")))]
    #[must_use]
    pub fn from_cluster(connection: ClusterConnection) -> Self {
        Self::on(Link::ClusterConnection(connection))
    }

    /// The prefix of all keys, followed by a colon. `callhook` by default.
    ///
    /// Braces in it put all keys into one slot of a cluster; a cluster can't take a prefix with `{}`. A clone with
    /// another prefix shares the connection and the queue of settlements, but no messages.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<Arc<str>>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long one call may take, including the time to connect: one second by default, at least a millisecond and at
    /// most a minute. The endpoint has no timeout of its own for the store. Clones made before keep theirs.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.clamp(MIN_TIMEOUT, MAX_TIMEOUT);
        self
    }

    /// Asks the server whether it could take messages, within the timeout: for a health check, or to fail at the start.
    ///
    /// It runs the commands of the store's scripts on one key, the prefix and `:ping`, and leaves nothing there. What
    /// it finds, each with a text that says what to do:
    ///
    /// - a server that can't be reached, or a certificate that is not trusted or is for another host name
    ///   ([`Tls`](RedisStoreErrorKind::Tls));
    /// - a user's name or password that isn't taken, and rights that are missing
    ///   ([`Permission`](RedisStoreErrorKind::Permission));
    /// - one node of a cluster, where the store was not made for a cluster: it would take the messages of its own slots
    ///   and refuse all others ([`ClusterNode`](RedisStoreErrorKind::ClusterNode)). With Redis before 6.2, or where the
    ///   user may not run `HELLO`, that is found by trying 16 keys, and a node that has nearly all slots may pass;
    /// - a replica, a server that is out of memory or still loads, or refuses for any other reason
    ///   ([`Server`](RedisStoreErrorKind::Server)).
    ///
    /// In a cluster it asks the node that has that key, and no other.
    ///
    /// # Errors
    ///
    /// When the server could not take a message.
    pub async fn ping(&self) -> Result<(), RedisStoreError> {
        ping::ping(&self.transitions, &self.prefix, self.timeout).await
    }

    /// Forgets that a message was handled, in all of its contents, so that the sender's next copy is handled again.
    /// Returns how many contents that were; fewer where the connection broke and the call was made twice. What is being
    /// handled right now stays as it is.
    ///
    /// The key is the [`message_key`](callhook::replay::Identity::message_key), whose 64 hexadecimal digits the log
    /// shows. The store needs the prefix of the one that has handled the message.
    ///
    /// # Errors
    ///
    /// When the server can't do it within the store's timeout.
    pub async fn forget(&self, message_key: [u8; 32]) -> Result<u64, RedisStoreError> {
        let keys = Keys::of_message(&self.prefix, message_key);
        self.transitions.forget(&keys, self.timeout).await
    }

    fn on(link: Link) -> Self {
        let transitions = Arc::new(Transitions::new(link));
        Self {
            prefix: DEFAULT_PREFIX.into(),
            timeout: DEFAULT_TIMEOUT,
            settler: Arc::new(Settler::new(Arc::clone(&transitions))),
            transitions,
        }
    }

    async fn settle(
        &self,
        lease: &Lease,
        settlement: Settlement,
    ) -> Result<Settled, RedisStoreError> {
        let ask = self.ask(lease);
        self.transitions.settle(&ask, settlement).await
    }

    fn ask(&self, lease: &Lease) -> Ask {
        Ask::new(&self.prefix, self.timeout, lease)
    }
}

impl ReplayStore for RedisStore {
    type Error = RedisStoreError;

    // An endpoint moves what it waits for several times: what is large is in a box.
    async fn claim(&self, lease: &Lease) -> Result<Claim, RedisStoreError> {
        // What waits, because the runtime of its task has gone, is settled beside this.
        self.settler.start();
        Box::pin(async { self.transitions.claim(&self.ask(lease)).await }).await
    }

    async fn commit(&self, lease: &Lease) -> Result<Settled, RedisStoreError> {
        Box::pin(self.settle(lease, Settlement::Commit)).await
    }

    async fn release(&self, lease: &Lease) -> Result<Settled, RedisStoreError> {
        Box::pin(self.settle(lease, Settlement::Release)).await
    }

    fn settle_later(&self, lease: Lease, settlement: Settlement) {
        let settle = Settle::new(self.ask(&lease), &lease, settlement);
        self.settler.settle(settle);
    }

    async fn flush(&self) {
        self.settler.flush(self.timeout).await;
    }
}

impl fmt::Debug for RedisStore {
    /// Without the server's address, which may come with a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("prefix", &self.prefix)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
