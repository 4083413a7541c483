//! One server for all tests that leave it as it is, with a database for each of them.

use std::str::FromStr;
use std::sync::OnceLock;

use callhook_sqlx::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use callhook_sqlx::sqlx::{self, PgPool};
use callhook_test_support::Postgres;

/// Ends with this process.
pub(crate) fn server() -> &'static Postgres {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    SERVER.get_or_init(|| Postgres::start(&["fsync = off"]))
}

/// The URL of a database of its own.
pub(crate) fn database() -> String {
    server().database()
}

/// The URL of the database that this pool of the shared server is of.
pub(crate) async fn database_of(pool: &PgPool) -> String {
    let name = sqlx::query_scalar::<_, String>("select current_database()");
    let name = name.fetch_one(pool).await.expect("a name");
    server().url(&name)
}

/// How transactions see each other unless they say otherwise.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Level {
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

impl Level {
    pub(crate) const ALL: [Self; 3] = [
        Self::ReadCommitted,
        Self::RepeatableRead,
        Self::Serializable,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::ReadCommitted => "read committed",
            Self::RepeatableRead => "repeatable read",
            Self::Serializable => "serializable",
        }
    }
}

pub(crate) fn pool(url: &str, connections: u32) -> PgPool {
    pool_at(url, connections, Level::ReadCommitted)
}

pub(crate) fn pool_at(url: &str, connections: u32, level: Level) -> PgPool {
    let options = PgConnectOptions::from_str(url).expect("a URL");
    let options = options.options([("default_transaction_isolation", level.name())]);
    PgPoolOptions::new()
        .max_connections(connections)
        .connect_lazy_with(options)
}
