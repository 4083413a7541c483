//! The store's tables and statements, for whoever reaches the database by other means than sqlx 0.9.
//!
//! An application that writes with diesel, sea-orm, tokio-postgres or another version of sqlx marks a message with
//! `MARK`, as the last statement of the transaction that writes the message's effects. Its values are those of the
//! delivery's [`Receipt`](callhook::replay::Receipt):
//!
//! | value | Postgres | SQLite | from |
//! |---|---|---|---|
//! | 1 | `bytea` of 32 bytes | `blob` | [`message_key()`](callhook::replay::Receipt::message_key) |
//! | 2 | `bytea` of 16 bytes | `blob` | [`content()`](callhook::replay::Receipt::content) |
//! | 3 | `bytea` of 16 bytes | `blob` | [`token()`](callhook::replay::Receipt::token) |
//! | 4 | `bigint` | `integer` | [`window()`](callhook::replay::Receipt::window) in milliseconds |
//!
//! 1. One row affected: the content is marked. Tell the receipt by
//!    [`mark_in_transaction()`](callhook::replay::Receipt::mark_in_transaction), and commit.
//! 2. No row affected: it is handled already. Ask `WHOSE` with the first three values. If that is not this delivery,
//!    tell the receipt by [`mark_found_handled()`](callhook::replay::Receipt::mark_found_handled). In either case roll
//!    back and answer 2xx.
//! 3. In Postgres at `REPEATABLE READ` or `SERIALIZABLE` the second case is mostly error `40001`: roll back, and answer
//!    as to any error of the database. The sender's next copy finds the mark.
//!
//! The other statements are the store's own. The names in them are the default ones.

/// Of Postgres.
#[cfg(feature = "postgres")]
#[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
pub mod postgres {
    use crate::migrate::VersionTexts;

    /// Version 1 of the tables, for migrations of your own.
    pub const TABLE: &str = include_str!("postgres/v1.sql");
    /// Asks for the lease: message, content, token, milliseconds of the lease.
    pub const CLAIM: &str = include_str!("postgres/claim.sql");
    /// Asks for leases of contents that are new, several at once: arrays of what [`CLAIM`] takes, which is asked for the
    /// others.
    pub const CLAIM_NEW: &str = include_str!("postgres/claim_new.sql");
    /// Marks a content as handled in a transaction: message, content, token, milliseconds of the window.
    pub const MARK: &str = include_str!("postgres/mark.sql");
    /// Marks a content as handled on its own: message, content, token, milliseconds of the window.
    pub const COMMIT: &str = include_str!("postgres/commit.sql");
    /// Whether it was this delivery that has handled the content: message, content, token.
    pub const WHOSE: &str = include_str!("postgres/whose.sql");
    /// Gives the lease back: message, content, token, milliseconds of the lease.
    pub const RELEASE: &str = include_str!("postgres/release.sql");
    /// What is handled: message, content.
    pub const MARKS: &str = include_str!("postgres/marks.sql");
    /// The same of several contents: arrays of what [`MARKS`] takes.
    pub const MARKS_ALL: &str = include_str!("postgres/marks_all.sql");
    /// Deletes what is over: how many rows at most.
    pub const PRUNE: &str = include_str!("postgres/prune.sql");
    /// Forgets a message: message.
    pub const FORGET: &str = include_str!("postgres/forget.sql");

    pub(crate) const VERSIONS: VersionTexts = VersionTexts {
        table: "create table if not exists callhook_versions (
            version bigint primary key,
            applied_at timestamptz not null default now()
        )",
        is_at: "select exists (select from callhook_versions where version >= $1)",
        record: "insert into callhook_versions (version) values ($1)",
    };
}

/// Of SQLite.
#[cfg(feature = "sqlite")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
pub mod sqlite {
    use crate::migrate::VersionTexts;

    /// Version 1 of the tables, for migrations of your own. The database's journal mode has to be `wal`.
    pub const TABLE: &str = include_str!("sqlite/v1.sql");
    /// What a claim reads before it writes: message, content, token.
    pub const LOOK: &str = include_str!("sqlite/look.sql");
    /// Asks for the lease: message, content, token, milliseconds of the lease.
    pub const CLAIM: &str = include_str!("sqlite/claim.sql");
    /// Marks a content as handled: message, content, token, milliseconds of the window. In a transaction that has begun
    /// with `begin immediate`, or on its own.
    pub const MARK: &str = include_str!("sqlite/mark.sql");
    /// Whether it was this delivery that has handled the content: message, content, token.
    pub const WHOSE: &str = include_str!("sqlite/whose.sql");
    /// Gives the lease back: message, content, token, milliseconds of the lease.
    pub const RELEASE: &str = include_str!("sqlite/release.sql");
    /// What is handled: message, content.
    pub const MARKS: &str = include_str!("sqlite/marks.sql");
    /// Deletes what is over: how many rows at most.
    pub const PRUNE: &str = include_str!("sqlite/prune.sql");
    /// Forgets a message: message.
    pub const FORGET: &str = include_str!("sqlite/forget.sql");

    pub(crate) const VERSIONS: VersionTexts = VersionTexts {
        table: "create table if not exists callhook_versions (
            version integer primary key,
            applied_at text not null default current_timestamp
        ) strict",
        is_at: "select exists (select 1 from callhook_versions where version >= ?1)",
        record: "insert into callhook_versions (version) values (?1)",
    };
}
