//! What the two databases do differently for calls.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{Database, SqlStr};

use super::cursor::{Kind, Place};
use crate::names::Names;

/// The calls' statements on a connection. Not nameable outside the crate.
pub trait CallBackend: Database + Sized {
    /// Whose cursors it takes.
    const KIND: Kind;
    /// The statements' texts.
    const CALL_TEXTS: CallTexts<&'static str>;

    /// Waits until no other transaction is at these ids. Returns the version of what this one changes, where the
    /// database counts them.
    fn lock<'a>(
        connection: &'a mut Self::Connection,
        texts: &'a CallTexts,
        ids: &'a [Id],
    ) -> impl Future<Output = Result<i64, sqlx::Error>> + Send + 'a;

    /// Which of these ids lead where.
    fn known<'a>(
        connection: &'a mut Self::Connection,
        texts: &'a CallTexts,
        ids: &'a [Id],
    ) -> impl Future<Output = Result<Vec<(Id, i64)>, sqlx::Error>> + Send + 'a;

    /// Which of these ids lead where, and the call that they lead to if it is only one, locked until the end of the
    /// transaction.
    fn only<'a>(
        connection: &'a mut Self::Connection,
        texts: &'a CallTexts,
        ids: &'a [Id],
    ) -> impl Future<Output = Result<Only, sqlx::Error>> + Send + 'a;

    /// The calls with these keys, which are ascending, locked until the end of the transaction.
    fn parts<'a>(
        connection: &'a mut Self::Connection,
        texts: &'a CallTexts,
        keys: &'a [i64],
    ) -> impl Future<Output = Result<Vec<(i64, String)>, sqlx::Error>> + Send + 'a;

    /// Returns the new call's key.
    fn insert<'a>(
        connection: &'a mut Self::Connection,
        texts: &'a CallTexts,
        row: &'a Row,
        version: i64,
    ) -> impl Future<Output = Result<i64, sqlx::Error>> + Send + 'a;

    /// With a version where it is news.
    fn update<'a>(
        connection: &'a mut Self::Connection,
        texts: &'a CallTexts,
        key: i64,
        row: &'a Row,
        version: Option<i64>,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send + 'a;

    /// Lets these ids of one scope lead to a call.
    fn index<'a>(
        connection: &'a mut Self::Connection,
        texts: &'a CallTexts,
        key: i64,
        scope: &'a str,
        ids: &'a [String],
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send + 'a;

    /// Lets all that leads to the other parts lead to this call, and deletes them.
    fn absorb<'a>(
        connection: &'a mut Self::Connection,
        texts: &'a CallTexts,
        key: i64,
        others: &'a [i64],
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send + 'a;

    /// Calls as this statement finds them.
    fn find<'a>(
        connection: &'a mut Self::Connection,
        text: &'a SqlStr,
        asked: Asked<'a>,
    ) -> impl Future<Output = Result<Vec<Found>, sqlx::Error>> + Send + 'a;

    /// The next calls to have changed after this place, so many at most, and the place after them.
    fn changed<'a>(
        connection: &'a mut Self::Connection,
        texts: &'a CallTexts,
        place: Place,
        limit: u32,
    ) -> impl Future<Output = Result<(Vec<Found>, Place), sqlx::Error>> + Send + 'a;

    /// The key that this statement returns for a key.
    fn key<'a>(
        connection: &'a mut Self::Connection,
        text: &'a SqlStr,
        key: i64,
    ) -> impl Future<Output = Result<Option<i64>, sqlx::Error>> + Send + 'a;
}

/// What calls are asked for by.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// A key, or a number of calls.
    Number(i64),
    /// Milliseconds, and a number of calls.
    Numbers(i64, i64),
    Id(&'a Id),
}

/// An id in its scope, as the tables have them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id {
    pub(crate) scope: Arc<str>,
    pub(crate) id: String,
}

/// Which ids lead where, and the call that they lead to if it is only one.
#[derive(Debug, Default)]
pub struct Only {
    pub(crate) known: Vec<(Id, i64)>,
    pub(crate) call: Option<(i64, String)>,
}

/// A call's columns.
#[derive(Clone, Debug)]
pub struct Row {
    pub(crate) scope: Arc<str>,
    pub(crate) call: String,
    pub(crate) direction: Option<&'static str>,
    pub(crate) outcome: Option<String>,
    pub(crate) customer: Option<String>,
    pub(crate) agent: Option<String>,
    pub(crate) started_at: Option<i64>,
    pub(crate) is_over: bool,
}

/// A call as it was found.
#[derive(Clone, Debug)]
pub struct Found {
    pub(crate) key: i64,
    pub(crate) call: String,
    /// In microseconds since 1970.
    pub(crate) changed_at: i64,
    /// With commas between them.
    pub(crate) absorbed: Option<String>,
}

macro_rules! call_texts {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// The statements.
        #[derive(Clone, Debug)]
        pub struct CallTexts<T = SqlStr> {
            $($(#[$doc])* pub(crate) $name: T,)+
        }

        impl CallTexts {
            pub(crate) fn new<DB: CallBackend>(names: &Names) -> Arc<Self> {
                // No limit for locks is set by these.
                let named = |text| names.statement(text, Duration::from_millis(300));
                let texts = DB::CALL_TEXTS;
                Arc::new(Self { $($name: named(texts.$name),)+ })
            }
        }
    };
}

call_texts! {
    lock,
    known,
    parts,
    /// Where it is a statement of its own.
    only,
    insert,
    update,
    index,
    move_ids,
    move_keys,
    /// Where adding a key is a statement of its own.
    add_key,
    trim_keys,
    delete,
    resolve,
    by_key,
    by_id,
    open,
    latest,
    quiet,
    /// Where it is a statement of its own.
    horizon,
    changed,
    prune,
    erase,
}
