//! The way to the server, or to the cluster: connected when it is first needed, and again when the connection has
//! become useless.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager, MultiplexedConnection};
#[cfg(feature = "cluster")]
use redis::cluster::{ClusterClient, ClusterConfig};
#[cfg(feature = "cluster")]
use redis::cluster_async::ClusterConnection;
#[cfg(feature = "cluster")]
use redis::cluster_routing::{Route, RoutingInfo, SingleNodeRoutingInfo, SlotAddr};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, Pipeline, RedisError, RedisResult, Value,
};
use tokio::runtime::Handle;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};

use crate::error::code;
use crate::tls;
use crate::{RedisStoreError, RedisStoreErrorKind};

/// What a script returns: a word, and how long a lease still runs, in milliseconds.
pub(crate) type Answer = (String, u64);

pub(crate) enum Link {
    /// The store's own connection to one server.
    Server(Box<Client>, LazyConnection<MultiplexedConnection>),
    /// The user's, which reconnects by itself.
    Manager(ConnectionManager),
    /// The store's own connection to a cluster. Once made, it reconnects by itself, node by node.
    #[cfg(feature = "cluster")]
    Cluster(Box<ClusterClient>, LazyConnection<ClusterConnection>),
    /// The user's.
    #[cfg(feature = "cluster")]
    ClusterConnection(ClusterConnection),
}

/// What is sent in one round trip.
#[derive(Clone, Copy)]
pub(crate) enum Call<'a> {
    /// An error of the server's is that of the call.
    One(&'a Cmd),
    /// Two commands, answered by an array, which may have errors.
    Two(&'a Pipeline),
    /// A `GET` of this key from its master, also where a cluster's connection reads from replicas.
    Get(&'a str),
}

/// Until when a call has to be over.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    /// How long that was when it began.
    timeout: Duration,
    deadline: Instant,
}

impl Limit {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            deadline: Instant::now() + timeout,
        }
    }
}

/// Why a call has no answer.
pub(crate) enum Failure {
    Timeout,
    Redis(RedisError),
    /// The `redis` crate panicked while it connected.
    Panicked,
}

impl Link {
    /// Whether the calls find the node that has their key by themselves.
    pub(crate) fn knows_clusters(&self) -> bool {
        match self {
            Self::Server(..) | Self::Manager(_) => false,
            #[cfg(feature = "cluster")]
            Self::Cluster(..) | Self::ClusterConnection(_) => true,
        }
    }

    /// Makes a call and waits for its answer until the limit. `home` is asked where it has to connect.
    pub(crate) async fn call(
        &self,
        call: Call<'_>,
        limit: Limit,
        home: impl Fn() -> Option<Handle>,
    ) -> Result<Value, Failure> {
        let mut connection = match self.ready() {
            Some(connection) => connection,
            // In a box, so that the usual call stays small.
            None => Box::pin(self.connect(limit, home())).await?,
        };
        let sent = Instant::now();
        let answer = connection.send(call, limit.deadline).await;
        if let (Err(failure), Self::Server(_, lazy), Connection::Server(_, cell)) =
            (&answer, self, &connection)
        {
            // A call that had spent its time on connecting tells nothing about the connection.
            let is_tried = sent.elapsed() >= limit.timeout / 2;
            if is_useless(failure, is_tried) {
                lazy.empty(cell);
            }
        }
        answer
    }

    /// The connection, where there is one.
    fn ready(&self) -> Option<Connection> {
        Some(match self {
            Self::Server(_, lazy) => {
                let cell = lazy.current();
                Connection::Server(cell.get()?.clone(), cell)
            }
            Self::Manager(manager) => Connection::Manager(manager.clone()),
            #[cfg(feature = "cluster")]
            Self::Cluster(_, lazy) => Connection::Cluster(lazy.current().get()?.clone()),
            #[cfg(feature = "cluster")]
            Self::ClusterConnection(connection) => Connection::Cluster(connection.clone()),
        })
    }

    /// Makes the connection, or waits until another call has made it.
    async fn connect(&self, limit: Limit, home: Option<Handle>) -> Result<Connection, Failure> {
        let (home, deadline) = (home.as_ref(), limit.deadline);
        Ok(match self {
            Self::Server(client, lazy) => {
                let cell = lazy.current();
                let connect = cell.get_or_try_init(|| at(home, || connect(Client::clone(client))));
                let connection = before(deadline, connect).await??.clone();
                Connection::Server(connection, cell)
            }
            Self::Manager(manager) => Connection::Manager(manager.clone()),
            #[cfg(feature = "cluster")]
            Self::Cluster(client, lazy) => {
                let cell = lazy.current();
                let connect = cell.get_or_try_init(|| {
                    at(home, || connect_cluster(client.clone(), limit.timeout))
                });
                Connection::Cluster(before(deadline, connect).await??.clone())
            }
            #[cfg(feature = "cluster")]
            Self::ClusterConnection(connection) => Connection::Cluster(connection.clone()),
        })
    }
}

/// A connection for one call.
enum Connection {
    /// With what it was taken from.
    Server(MultiplexedConnection, Arc<OnceCell<MultiplexedConnection>>),
    Manager(ConnectionManager),
    #[cfg(feature = "cluster")]
    Cluster(ClusterConnection),
}

impl Connection {
    async fn send(&mut self, call: Call<'_>, deadline: Instant) -> Result<Value, Failure> {
        let answer = match call {
            Call::One(command) => {
                let answer = self.like().req_packed_command(command);
                before(deadline, answer)
                    .await?
                    .and_then(Value::extract_error)
            }
            Call::Two(commands) => {
                let answers = self.like().req_packed_commands(commands, 0, 2);
                before(deadline, answers).await?.map(Value::Array)
            }
            // In a box, so that the usual call stays small.
            Call::Get(key) => {
                let answer = Box::pin(before(deadline, self.get(key))).await?;
                answer.and_then(Value::extract_error)
            }
        };
        answer.map_err(Failure::Redis)
    }

    async fn get(&mut self, key: &str) -> RedisResult<Value> {
        let get = Cmd::get(key);
        #[cfg(feature = "cluster")]
        if let Self::Cluster(connection) = self {
            let master = Route::with_key(key, SlotAddr::Master);
            let master = SingleNodeRoutingInfo::SpecificNode(master);
            return connection
                .route_command(get, RoutingInfo::SingleNode(master))
                .await;
        }
        self.like().req_packed_command(&get).await
    }

    fn like(&mut self) -> &mut (dyn ConnectionLike + Send) {
        match self {
            Self::Server(connection, _) => connection,
            Self::Manager(connection) => connection,
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => connection,
        }
    }
}

/// A connection that is made by the first call that needs it. The others wait for it.
///
/// A failed attempt is not remembered, so the first call after an outage is answered.
pub(crate) struct LazyConnection<C>(Mutex<Arc<OnceCell<C>>>);

impl<C> LazyConnection<C> {
    pub(crate) fn new() -> Self {
        Self(Mutex::default())
    }

    fn current(&self) -> Arc<OnceCell<C>> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes the next call connect anew, unless another one has done so already.
    fn empty(&self, useless: &Arc<OnceCell<C>>) {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&current, useless) {
            *current = Arc::default();
        }
    }
}

/// Connects in a task of this runtime, which then has the connection's own task too: it lives as long as that runtime,
/// and not as long as the one that happens to be first. Where that runtime has gone, and has cancelled the task, the
/// one that this is called in has to do.
async fn at<C, F>(home: Option<&Handle>, connect: impl Fn() -> F) -> Result<C, Failure>
where
    C: Send + 'static,
    F: Future<Output = RedisResult<C>> + Send + 'static,
{
    if let Some(home) = home {
        match home.spawn(connect()).await {
            Ok(connected) => return connected.map_err(Failure::Redis),
            Err(error) if error.is_cancelled() => {}
            // It would panic here too, and take the caller with it.
            Err(_) => return Err(Failure::Panicked),
        }
    }
    connect().await.map_err(Failure::Redis)
}

async fn connect(client: Client) -> RedisResult<MultiplexedConnection> {
    let client = tls::prepare(client)?;
    // Both are within the deadline of the call that connects.
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None);
    client
        .get_multiplexed_async_connection_with_config(&config)
        .await
}

#[cfg(feature = "cluster")]
async fn connect_cluster(
    client: Box<ClusterClient>,
    timeout: Duration,
) -> RedisResult<ClusterConnection> {
    tls::provide();
    let config = ClusterConfig::new()
        // A node that hangs must leave time for the others within the call that connects.
        .set_connection_timeout(timeout / 3)
        // The connection tries calls again that nobody waits for any more.
        .set_response_timeout(timeout);
    client.get_async_connection_with_config(config).await
}

async fn before<T>(deadline: Instant, work: impl Future<Output = T>) -> Result<T, Failure> {
    let done = timeout_at(deadline, work).await;
    done.map_err(|_elapsed| Failure::Timeout)
}

/// Whether the next call should have a new connection.
fn is_useless(failure: &Failure, is_tried: bool) -> bool {
    match failure {
        // A peer that vanished without a word is otherwise noticed after a quarter of an hour.
        Failure::Timeout => is_tried,
        // A server that was a master once. Its name may lead to another one now.
        Failure::Redis(error) => error.is_unrecoverable_error() || is_demoted(error),
        // There is none.
        Failure::Panicked => false,
    }
}

fn is_demoted(error: &RedisError) -> bool {
    code(error).is_some_and(|code| DEMOTED.contains(&code))
}

const DEMOTED: [&str; 3] = ["READONLY", "NOREPLICAS", "MASTERDOWN"];

impl Failure {
    /// Whether the connection broke before the answer came. What was asked may have been done.
    pub(crate) fn is_broken_connection(&self) -> bool {
        matches!(self, Self::Redis(error) if error.is_connection_dropped() && !error.is_connection_refusal())
    }

    /// Whether the next call has a new connection, and this one may be made again on it.
    pub(crate) fn is_worth_another_try(&self) -> bool {
        let is_demoted = matches!(self, Self::Redis(error) if is_demoted(error));
        is_demoted || self.is_broken_connection()
    }

    /// Whether the server has answered, with an error.
    pub(crate) fn is_answer(&self) -> bool {
        let is_servers = |error: &RedisError| {
            matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
        };
        matches!(self, Self::Redis(error) if is_servers(error))
    }

    /// Whether the server doesn't know the script. Nothing was done.
    pub(crate) fn is_unknown_script(&self) -> bool {
        matches!(self, Self::Redis(error) if code(error) == Some("NOSCRIPT"))
    }
}

impl From<Failure> for RedisStoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Timeout => Self::new(RedisStoreErrorKind::Timeout),
            Failure::Redis(error) => error.into(),
            Failure::Panicked => Self::new(RedisStoreErrorKind::Panicked),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn runtime() -> Runtime {
        Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .expect("a runtime")
    }

    #[test]
    fn a_connect_that_panics_is_an_error_and_not_tried_in_the_callers_runtime() {
        let (home, caller) = (runtime(), runtime());
        let tries = Arc::new(AtomicUsize::new(0));
        let connect = || {
            let tries = Arc::clone(&tries);
            async move {
                tries.fetch_add(1, Ordering::Relaxed);
                panic!("hunter2 is planned")
            }
        };
        let connected: Result<(), Failure> = caller.block_on(at(Some(home.handle()), connect));
        let error = RedisStoreError::from(connected.expect_err("no connection"));
        assert_eq!(error.kind(), RedisStoreErrorKind::Panicked);
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        assert_eq!(tries.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_connect_whose_runtime_has_gone_is_made_in_the_callers() {
        let (home, caller) = (runtime(), runtime());
        let handle = home.handle().clone();
        drop(home);
        let connected = caller.block_on(at(Some(&handle), async || Ok(7)));
        assert_eq!(connected.ok(), Some(7));
    }
}
