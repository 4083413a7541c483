//! `callhook forget`: the sender's next copy of a message is handled again.

use std::fmt::Display;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::error::Error;
use crate::hex::hex;
use crate::out;
use crate::runtime::runtime;
use crate::secret::Secret;

/// Forget that messages were handled, so that their senders' next copies are handled again
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ForgetArgs {
    /// The messages' keys: 64 hexadecimal digits, as the log and `callhook decode` show them
    #[arg(value_name = "KEY", required = true, value_parser = key)]
    keys: Vec<Key>,

    /// The store: redis://, rediss://, postgres:// or sqlite:. A password in an argument can be seen by other users of
    /// this machine: the environment variable can't
    #[arg(
        long,
        value_name = "URL",
        env = "CALLHOOK_STORE_URL",
        hide_env_values = true
    )]
    store: Secret,

    /// What the store's keys or tables begin with, where it isn't `callhook`
    #[arg(long, value_name = "TEXT")]
    prefix: Option<String>,

    /// Postgres: the schema of the tables
    #[arg(long, value_name = "NAME")]
    schema: Option<String>,

    /// Redis: the URL is of a node of a cluster
    #[arg(long)]
    cluster: bool,

    /// How long the store may take for each key
    #[arg(long, value_name = "SECONDS", default_value_t = 10,
          value_parser = clap::value_parser!(u64).range(1..=60))]
    timeout: u64,
}

const EXAMPLES: &str = "\
Examples:
  Which key has this message, and may its next copy be handled again?
    $ key=$(callhook decode telecmi --endpoint calls body.json \\
        | awk '/message key/ { print $3 }')
    $ callhook forget \"$key\" --store redis://127.0.0.1:6379

  In the application's own database:
    $ export CALLHOOK_STORE_URL=postgres://app@127.0.0.1/app
    $ callhook forget \"$key\" --schema calls

  In a file of SQLite:
    $ callhook forget \"$key\" --store sqlite:calls.db

What is being handled right now stays as it is.

Exit codes: 0 where each key had something to forget, 1 where one hadn't, 2 where the store can't be reached.";

/// The key of a message.
#[derive(Clone, Copy, Debug)]
struct Key([u8; 32]);

fn key(text: &str) -> Result<Key, Error> {
    let wrong = || Error::new("expected 64 hexadecimal digits");
    let text = text.trim();
    let mut key = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    for (n, byte) in key.iter_mut().enumerate() {
        let digits = text.get(2 * n..2 * n + 2).ok_or_else(wrong)?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
    }
    Ok(Key(key))
}

/// A store that was named by its URL.
enum Store {
    #[cfg(feature = "redis")]
    Redis(callhook_redis::RedisStore),
    #[cfg(feature = "postgres")]
    Postgres(callhook_sqlx::SqlxStore<callhook_sqlx::sqlx::Postgres>),
    #[cfg(feature = "sqlite")]
    Sqlite(callhook_sqlx::SqlxStore<callhook_sqlx::sqlx::Sqlite>),
}

pub(crate) fn run(args: &ForgetArgs) -> Result<ExitCode, Error> {
    runtime()?.block_on(forget(args))
}

async fn forget(args: &ForgetArgs) -> Result<ExitCode, Error> {
    let store = Store::open(args)?;
    let mut is_all = true;
    for Key(key) in &args.keys {
        let count = store.forget(*key).await?;
        let key = hex(key);
        is_all &= count > 0;
        match count {
            0 => out::line(format_args!("{key}: nothing is remembered under this key"))?,
            1 => out::line(format_args!("{key}: forgotten, 1 content"))?,
            _ => out::line(format_args!("{key}: forgotten, {count} contents"))?,
        }
    }
    Ok(if is_all {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

impl Store {
    fn open(args: &ForgetArgs) -> Result<Self, Error> {
        let url = &*args.store.0;
        let scheme = url.split(':').next().unwrap_or_default();
        let of_redis = matches!(scheme, "redis" | "rediss" | "redis+unix" | "unix");
        let of_postgres = matches!(scheme, "postgres" | "postgresql");
        if args.cluster && !of_redis {
            return Err(Error::new("--cluster is for Redis"));
        }
        if args.schema.is_some() && !of_postgres {
            return Err(Error::new("--schema is for Postgres"));
        }
        match scheme {
            #[cfg(feature = "redis")]
            _ if of_redis => redis(args),
            #[cfg(feature = "postgres")]
            _ if of_postgres => postgres(args),
            #[cfg(feature = "sqlite")]
            "sqlite" => sqlite(args),
            _ => Err(Error::new(format_args!(
                "the store's URL begins with none of the stores that this program was built with: expected {}",
                KNOWN.join(", ")
            ))),
        }
    }

    async fn forget(&self, key: [u8; 32]) -> Result<u64, Error> {
        match self {
            #[cfg(feature = "redis")]
            Self::Redis(store) => store.forget(key).await.map_err(failed),
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.forget(key).await.map_err(failed),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.forget(key).await.map_err(failed),
        }
    }
}

const KNOWN: &[&str] = &[
    #[cfg(feature = "redis")]
    "redis://",
    #[cfg(feature = "redis")]
    "rediss://",
    #[cfg(feature = "postgres")]
    "postgres://",
    #[cfg(feature = "sqlite")]
    "sqlite:",
];

fn failed(error: impl Display) -> Error {
    Error::new(format_args!("the store: {error}"))
}

fn timeout(args: &ForgetArgs) -> Duration {
    Duration::from_secs(args.timeout)
}

#[cfg(feature = "redis")]
fn redis(args: &ForgetArgs) -> Result<Store, Error> {
    use callhook_redis::RedisStore;

    let store = match args.cluster {
        true => RedisStore::connect_cluster([&args.store.0]),
        false => RedisStore::connect(&args.store.0),
    };
    let store = store.map_err(failed)?.timeout(timeout(args));
    Ok(Store::Redis(match &args.prefix {
        Some(prefix) => store.prefix(&**prefix),
        None => store,
    }))
}

#[cfg(feature = "postgres")]
fn postgres(args: &ForgetArgs) -> Result<Store, Error> {
    use callhook_sqlx::SqlxStore;
    use callhook_sqlx::sqlx::PgPool;

    let pool = PgPool::connect_lazy(&args.store.0).map_err(not_a_url)?;
    let mut store = SqlxStore::new(pool).timeout(timeout(args));
    if let Some(prefix) = &args.prefix {
        store = store.prefix(prefix).map_err(failed)?;
    }
    if let Some(schema) = &args.schema {
        store = store.schema(schema).map_err(failed)?;
    }
    Ok(Store::Postgres(store))
}

#[cfg(feature = "sqlite")]
fn sqlite(args: &ForgetArgs) -> Result<Store, Error> {
    use callhook_sqlx::SqlxStore;
    use callhook_sqlx::sqlx::SqlitePool;

    let pool = SqlitePool::connect_lazy(&args.store.0).map_err(not_a_url)?;
    let store = SqlxStore::new(pool).timeout(timeout(args));
    Ok(Store::Sqlite(match &args.prefix {
        Some(prefix) => store.prefix(prefix).map_err(failed)?,
        None => store,
    }))
}

/// Without what sqlx says of the URL, which may have a password.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
fn not_a_url(_: callhook_sqlx::sqlx::Error) -> Error {
    Error::new("the store's URL is not one of a database")
}
