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
//!
//! # Calls
//!
//! The statements of `calls` join a message to its call, in this order, in the transaction that writes its other
//! effects. A scope is [`Call::scope`](callhook::call::Call::scope), an id one of
//! [`Call::ids`](callhook::call::Call::ids), each with `%25` for `%` and `%00` for NUL, which Postgres keeps in no
//! text.
//!
//! In Postgres, once in a transaction:
//!
//! 1. `LOCK`, with the [lock](postgres::calls::id_lock) of each id of the message, ascending. These advisory locks are
//!    below zero. The statement adds a shared one, `25448 << 48 | milliseconds since 1970`, which `HORIZON` looks for.
//!    At any level but `READ COMMITTED` expect error `40001` from here on, and run the transaction again from its
//!    beginning.
//! 2. `savepoint`, so that 4 can be undone.
//! 3. `KNOWN`: the keys of the calls that have one of the ids.
//! 4. `PARTS`, with these keys. If it returns fewer, another transaction has joined one of them to another call:
//!    `rollback to savepoint`, which gives the rows' locks back, and again from 3. A transaction that keeps them can
//!    deadlock.
//! 5. [`Joined::of`](callhook::call::Joined::of) with the parts, the one with the lowest key first. Never write a
//!    message over what was stored.
//! 6. `INSERT` where there was no part, else `UPDATE` with the lowest key.
//! 7. Of several parts, with the lowest key and the others: `MOVE_IDS`, `MOVE_KEYS`, `TRIM_KEYS`, `DELETE`.
//! 8. `INDEX` with the message's ids.
//!
//! Most messages have ids that lead to no call or to one. Run `ONLY` instead of 2 to 4: its rows are those of `KNOWN`, and
//! one more with the call's key and text, whose scope and id are null. With no row, or with one key and its call, go on with
//! 5, without a savepoint. Otherwise go on with 2: nothing was locked.
//!
//! For several messages in one transaction, do 1 to 4 once with the ids of all of them.
//!
//! In SQLite begin with `begin immediate`: `LOCK`, then `KNOWN` for each id, `PART` for each key, and from 5 on as
//! above, with `MOVE_IDS`, `MOVE_KEYS`, `ADD_KEY` and `DELETE` for each of the other parts, and `TRIM_KEYS`.

/// Of Postgres.
#[cfg(feature = "postgres")]
#[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
pub mod postgres {
    use crate::migrate::VersionTexts;

    /// Version 1 of the tables, for migrations of your own.
    pub const TABLE: &str = include_str!("postgres/v1.sql");
    /// Version 2 of the tables: those of calls.
    pub const CALL_TABLES: &str = include_str!("postgres/v2.sql");
    /// Asks for the lease: message, content, token, milliseconds of the lease.
    pub const CLAIM: &str = include_str!("postgres/claim.sql");
    /// Asks for leases of contents that are new, several at once: arrays of what [`CLAIM`] takes, which is asked for
    /// the others.
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

    /// The calls' statements. [`statements`](super::super) says in which order.
    pub mod calls {
        pub use crate::calls::lock::id_lock;

        /// Waits until no other transaction is at these ids: the ids' [locks](id_lock), ascending.
        pub const LOCK: &str = include_str!("postgres/calls/lock.sql");
        /// Which ids lead to which calls: scopes, and as many ids.
        pub const KNOWN: &str = include_str!("postgres/calls/known.sql");
        /// The calls with these keys, locked.
        pub const PARTS: &str = include_str!("postgres/calls/parts.sql");
        /// Which ids lead to which calls, and the call, locked, if it is only one: scopes, and as many ids.
        pub const ONLY: &str = include_str!("postgres/calls/only.sql");
        /// A new call. Returns its key: scope, call, direction, outcome, customer, agent, milliseconds of its start,
        /// whether it is over.
        pub const INSERT: &str = include_str!("postgres/calls/insert.sql");
        /// A call that has changed: key, call, direction, outcome, customer, agent, milliseconds of its start, whether
        /// it is over, whether the message was news.
        pub const UPDATE: &str = include_str!("postgres/calls/update.sql");
        /// Lets ids lead to a call: key, scope, ids.
        pub const INDEX: &str = include_str!("postgres/calls/index.sql");
        /// Lets the ids of other parts lead to a call: key, the other parts' keys.
        pub const MOVE_IDS: &str = include_str!("postgres/calls/move_ids.sql");
        /// Lets the keys of other parts lead to a call: key, the other parts' keys.
        pub const MOVE_KEYS: &str = include_str!("postgres/calls/move_keys.sql");
        /// Keeps the last 256 keys that lead to a call: key.
        pub const TRIM_KEYS: &str = include_str!("postgres/calls/trim_keys.sql");
        /// Deletes the other parts: their keys.
        pub const DELETE: &str = include_str!("postgres/calls/delete.sql");
        /// The key of the call that a key belongs to: key.
        pub const RESOLVE: &str = include_str!("postgres/calls/resolve.sql");
        /// The call that a key belongs to: key.
        pub const BY_KEY: &str = include_str!("postgres/calls/by_key.sql");
        /// The call that has an id: scope, id.
        pub const BY_ID: &str = include_str!("postgres/calls/by_id.sql");
        /// The calls that aren't over: how many at most.
        pub const OPEN: &str = include_str!("postgres/calls/open.sql");
        /// The calls that changed last: how many at most.
        pub const LATEST: &str = include_str!("postgres/calls/latest.sql");
        /// The calls that aren't over and have not changed for so long: milliseconds, how many at most.
        pub const QUIET: &str = include_str!("postgres/calls/quiet.sql");
        /// Before which moment no call changes any more, in microseconds since 1970.
        pub const HORIZON: &str = include_str!("postgres/calls/horizon.sql");
        /// The calls that changed after one moment and before another: microseconds and key, the horizon's
        /// microseconds, how many at most.
        pub const CHANGED: &str = include_str!("postgres/calls/changed.sql");
        /// Deletes calls that have not changed for so long: milliseconds, how many at most.
        pub const PRUNE: &str = include_str!("postgres/calls/prune.sql");
        /// Deletes a call, and returns its key: a key that leads to it.
        pub const ERASE: &str = include_str!("postgres/calls/erase.sql");
    }

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
    /// Version 2 of the tables: those of calls.
    pub const CALL_TABLES: &str = include_str!("sqlite/v2.sql");
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

    /// The calls' statements. [`statements`](super::super) says in which order.
    pub mod calls {
        /// Takes the writer's lock, before all reads. Returns the version of what this transaction changes.
        pub const LOCK: &str = include_str!("sqlite/calls/lock.sql");
        /// Which call an id leads to: scope, id.
        pub const KNOWN: &str = include_str!("sqlite/calls/known.sql");
        /// The call with this key: key.
        pub const PART: &str = include_str!("sqlite/calls/part.sql");
        /// A new call. Returns its key: scope, call, direction, outcome, customer, agent, milliseconds of its start,
        /// whether it is over, the version.
        pub const INSERT: &str = include_str!("sqlite/calls/insert.sql");
        /// A call that has changed: key, call, direction, outcome, customer, agent, milliseconds of its start, whether
        /// it is over, the version, or null where the message was known.
        pub const UPDATE: &str = include_str!("sqlite/calls/update.sql");
        /// Lets an id lead to a call: key, scope, id.
        pub const INDEX: &str = include_str!("sqlite/calls/index.sql");
        /// Lets the ids of another part lead to a call: key, the other part's key.
        pub const MOVE_IDS: &str = include_str!("sqlite/calls/move_ids.sql");
        /// Lets the keys that lead to another part lead to a call: key, the other part's key.
        pub const MOVE_KEYS: &str = include_str!("sqlite/calls/move_keys.sql");
        /// Lets the key of another part lead to a call: key, the other part's key.
        pub const ADD_KEY: &str = include_str!("sqlite/calls/add_key.sql");
        /// Keeps the last 256 keys that lead to a call: key.
        pub const TRIM_KEYS: &str = include_str!("sqlite/calls/trim_keys.sql");
        /// Deletes another part: its key.
        pub const DELETE: &str = include_str!("sqlite/calls/delete.sql");
        /// The key of the call that a key belongs to: key.
        pub const RESOLVE: &str = include_str!("sqlite/calls/resolve.sql");
        /// The call that a key belongs to: key.
        pub const BY_KEY: &str = include_str!("sqlite/calls/by_key.sql");
        /// The call that has an id: scope, id.
        pub const BY_ID: &str = include_str!("sqlite/calls/by_id.sql");
        /// The calls that aren't over: how many at most.
        pub const OPEN: &str = include_str!("sqlite/calls/open.sql");
        /// The calls that changed last: how many at most.
        pub const LATEST: &str = include_str!("sqlite/calls/latest.sql");
        /// The calls that aren't over and have not changed for so long: milliseconds, how many at most.
        pub const QUIET: &str = include_str!("sqlite/calls/quiet.sql");
        /// The calls that changed after another: version and key, milliseconds not before which, how many at most.
        pub const CHANGED: &str = include_str!("sqlite/calls/changed.sql");
        /// Deletes calls that have not changed for so long: milliseconds, how many at most.
        pub const PRUNE: &str = include_str!("sqlite/calls/prune.sql");
        /// Deletes a call, and returns its key: a key that leads to it.
        pub const ERASE: &str = include_str!("sqlite/calls/erase.sql");
    }

    pub(crate) const VERSIONS: VersionTexts = VersionTexts {
        table: "create table if not exists callhook_versions (
            version integer primary key,
            applied_at text not null default current_timestamp
        ) strict",
        is_at: "select exists (select 1 from callhook_versions where version >= ?1)",
        record: "insert into callhook_versions (version) values (?1)",
    };
}
