//! What both examples do with a message, whatever its platform: [`Handler`].

use std::fmt;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::Arc;

use callhook::Delivery;
use callhook::answer::{InvalidReply, ReplyBody};
use callhook::call::{Answers, CallBook};
use example_board_page::{Board, BookSource};

use super::board::{DatabaseSource, shown_on};
use super::database::{Database, DatabaseError};
use super::ivr::{Ivr, IvrEvent};
use super::messages::Messages;
use super::not_understood::NotUnderstood;

/// Keeps the messages, and the calls that they are of, and answers callers who wait. Clones share what is kept.
#[derive(Clone, Debug)]
pub struct Handler {
    messages: Messages,
    not_understood: NotUnderstood,
    calls: Calls,
    ivr: Arc<Ivr>,
}

/// Where calls are kept.
#[derive(Clone, Debug)]
enum Calls {
    Memory(CallBook),
    Database(Database),
}

impl Handler {
    /// With no messages kept but what the endpoints don't understand. Calls are kept in the database, or in memory where
    /// there is none.
    #[must_use]
    pub fn new(ivr: Ivr, not_understood: NotUnderstood, database: Option<Database>) -> Self {
        let calls = match database {
            Some(database) => Calls::Database(database),
            None => Calls::Memory(CallBook::builder().max_bytes(KEPT_BYTES).build()),
        };
        Self {
            messages: Messages::default(),
            not_understood,
            calls,
            ivr: Arc::new(ivr),
        }
    }

    /// Keeps a message and its call, and returns what is answered where the platform waits for it.
    ///
    /// # Errors
    ///
    /// When the database could not keep the call, which the sender's next copy may do, or the platform could not read the
    /// answer.
    pub async fn handle<E>(&self, delivery: &Delivery<E>) -> Result<Option<ReplyBody>, HandlerError>
    where
        E: IvrEvent + Send + Sync,
    {
        let answers = match &self.calls {
            Calls::Memory(book) => book.apply(delivery).answers,
            Calls::Database(database) => match database.apply(delivery).await? {
                Some(answers) => answers,
                // Another copy was handled while this one was: it is answered 2xx, as a replay is.
                None => return Ok(None),
            },
        };
        self.messages.keep(delivery);
        Ok(delivery.event().reply(&self.ivr, &answers)?)
    }

    /// Shows the calls on a board as they change, until the process is told to end: this process's, or all that are in the
    /// database.
    pub fn show_calls(&self, board: &Board) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        match &self.calls {
            Calls::Memory(book) => Box::pin(shown_on(board, BookSource::from(book.clone()))),
            Calls::Database(database) => {
                Box::pin(shown_on(board, DatabaseSource::from(database.clone())))
            }
        }
    }

    /// What `/messages` shows: a JSON array, oldest first.
    #[must_use]
    pub fn messages(&self) -> String {
        self.messages.json()
    }

    /// What `/unreadable` shows: a JSON array, oldest first.
    #[must_use]
    pub fn unreadable(&self) -> String {
        self.not_understood.json()
    }

    /// What `/calls` shows: a JSON array of what is known of each call, the last to change first.
    ///
    /// # Errors
    ///
    /// When the database can't be read.
    pub async fn calls(&self) -> Result<String, HandlerError> {
        let answers: Vec<Answers> = match &self.calls {
            Calls::Memory(book) => {
                let calls = book.calls();
                calls.iter().map(|kept| kept.call.answers()).collect()
            }
            Calls::Database(database) => database.calls(SHOWN).await?,
        };
        // Answers always serialise: all of their names are text.
        Ok(serde_json::to_string(&answers).unwrap_or_default())
    }
}

/// Ordinary calls take half of it: as many as a book keeps.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// Of a database's calls, as many as a book keeps.
const SHOWN: NonZeroU32 = NonZeroU32::new(10_000).unwrap();

/// Why a message was not handled, or calls could not be shown. Answer 5xx.
#[derive(Debug)]
pub enum HandlerError {
    /// The database could not do it.
    Database(DatabaseError),
    /// The platform could not read the answer.
    Reply(InvalidReply),
}

impl From<DatabaseError> for HandlerError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<InvalidReply> for HandlerError {
    fn from(error: InvalidReply) -> Self {
        Self::Reply(error)
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => {
                write!(f, "the database could not keep or show calls: {error}")
            }
            Self::Reply(error) => write!(f, "the platform could not read the reply: {error}"),
        }
    }
}

impl std::error::Error for HandlerError {}
