//! What tests that kill servers share: the servers' processes, and senders that try again. And what one such server and
//! its tests share: its settings, and the table of the effects.

pub mod fleet;
pub mod senders;

use callhook_sqlx::StoreDatabase;
use callhook_sqlx::sqlx::{self, Pool, Postgres, Sqlite, Transaction};

/// The variables that the server is configured with.
pub mod settings {
    /// The address to listen on.
    pub const LISTEN: &str = "EFFECTS_LISTEN";
    /// The database's URL.
    pub const DATABASE: &str = "EFFECTS_DATABASE";
    /// Where a message is marked: `transaction`, in the handler's own, or `layer`, after the handler has answered.
    pub const MARK: &str = "EFFECTS_MARK";
    /// Where claims are held: `database` or `process`.
    pub const CLAIMS: &str = "EFFECTS_CLAIMS";
}

/// The token in the webhook's URL.
pub const TOKEN: &str = "a-token-of-24-characters";

/// The application's table: a row for each time that a message had its effect. Without a key that would keep the second
/// one out.
pub const TABLE: &str = "create table effects (message text not null)";

/// What the application does in its database.
pub trait Effects: StoreDatabase {
    /// How it begins a transaction that writes.
    const BEGIN: &'static str;

    /// A message's effect.
    fn insert<'a>(
        transaction: &'a mut Transaction<'_, Self>,
        message: &'a str,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send + 'a;

    /// How often a message has had its effect.
    fn count(
        pool: &Pool<Self>,
        message: &str,
    ) -> impl Future<Output = Result<i64, sqlx::Error>> + Send;

    /// How many effects there are, and of how many messages.
    fn counts(pool: &Pool<Self>) -> impl Future<Output = Result<(i64, i64), sqlx::Error>> + Send;
}

macro_rules! effects {
    ($database:ty, $begin:literal) => {
        impl Effects for $database {
            const BEGIN: &'static str = $begin;

            async fn insert(
                transaction: &mut Transaction<'_, Self>,
                message: &str,
            ) -> Result<(), sqlx::Error> {
                sqlx::query("insert into effects (message) values ($1)")
                    .bind(message)
                    .execute(&mut **transaction)
                    .await?;
                Ok(())
            }

            async fn count(pool: &Pool<Self>, message: &str) -> Result<i64, sqlx::Error> {
                sqlx::query_scalar("select count(*) from effects where message = $1")
                    .bind(message)
                    .fetch_one(pool)
                    .await
            }

            async fn counts(pool: &Pool<Self>) -> Result<(i64, i64), sqlx::Error> {
                sqlx::query_as("select count(*), count(distinct message) from effects")
                    .fetch_one(pool)
                    .await
            }
        }
    };
}

effects!(Postgres, "begin");
effects!(Sqlite, "begin immediate");
