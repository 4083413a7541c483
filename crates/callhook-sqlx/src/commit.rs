//! The mark in the application's own transaction.

use std::error::Error;
use std::fmt;

use callhook::replay::{Receipt, UncheckedReason};
use callhook::{Delivery, ReplayStatus};
use sqlx::Transaction;

use crate::ask::Ask;
use crate::database::{StoreDatabase, trouble};
use crate::steps;
use crate::{SqlxStore, SqlxStoreError};

/// What became of a message that was to be marked in a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Marked {
    /// It is marked as handled in this transaction. Commit it: the message's effects are in the database exactly once.
    Protected,
    /// There is nothing to mark, because replay protection doesn't cover this message. Commit the transaction all the
    /// same; the effects may come again with a copy.
    Unprotected(UncheckedReason),
}

/// Why a message was not marked in a transaction.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CommitError {
    /// The content was handled before. Roll back, and answer 2xx: the work is done, and after any other answer the
    /// sender would try again.
    Handled {
        /// Whether it was by another transaction with this very delivery, or by this transaction itself, and not by
        /// another copy of the message.
        by_this_delivery: bool,
    },
    /// The endpoint that the message came through has another replay store, or none. A mistake in the application's
    /// configuration: give the endpoint a clone of this store.
    AnotherStore,
    /// The database could not do it. Roll back, and answer 5xx, so that the sender tries again.
    Database(SqlxStoreError),
}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handled {
                by_this_delivery: true,
            } => f.write_str("this delivery has already marked its message as handled"),
            Self::Handled {
                by_this_delivery: false,
            } => f.write_str("another copy of this message is handled already"),
            Self::AnotherStore => f.write_str(
                "this message came through an endpoint with another replay store: give the endpoint's builder a clone of \
                 this store",
            ),
            Self::Database(error) => error.fmt(f),
        }
    }
}

impl Error for CommitError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Database(error) => error.source(),
            _ => None,
        }
    }
}

impl<DB: StoreDatabase> SqlxStore<DB> {
    /// Marks a message as handled in the transaction that writes its effects. Call it last, then commit.
    ///
    /// The first transaction that marks the content and is committed wins, whoever holds the message's lease by then,
    /// and whether or not the store could answer when the message came. It waits for another transaction that has
    /// marked it and is still open. After `Ok(Marked::Protected)` the transaction decides: the handler's answer of 2xx
    /// settles nothing more, and a transaction that is rolled back, or forgotten, leaves the message to its next copy,
    /// at the latest when its lease has run out.
    ///
    /// Where replay protection doesn't cover the message (it has no id, it waits for an answer, or the endpoint has no
    /// protection), it is `Ok(Marked::Unprotected(_))`, so that `?` doesn't fail such messages for ever.
    ///
    /// The transaction has to be of the store's database. In SQLite begin it with `BEGIN IMMEDIATE`. A connection
    /// without a transaction doesn't do:
    ///
    /// ```compile_fail,E0308
    /// # use callhook::{Delivery, telecmi::Event};
    /// # use callhook_sqlx::sqlx::{PgPool, Postgres};
    /// # use callhook_sqlx::{CommitError, SqlxStore};
    /// # async fn handler(store: SqlxStore<Postgres>, pool: PgPool, call: Delivery<Event>) -> Result<(), CommitError> {
    /// # let mut connection = pool.acquire().await.unwrap();
    /// store.commit_in(&mut connection, &call).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The content is handled already, the receipt is another store's, or the database could not do it. In Postgres at
    /// `REPEATABLE READ` or `SERIALIZABLE` the database reports most of what is handled at the same time as a
    /// [`Conflict`](crate::SqlxStoreErrorKind::Conflict). Roll back in each case.
    pub async fn commit_in<E>(
        &self,
        transaction: &mut Transaction<'_, DB>,
        delivery: &Delivery<E>,
    ) -> Result<Marked, CommitError>
    where
        E: Send + Sync,
    {
        let receipt = match (delivery.receipt(), delivery.replay_status()) {
            (Err(reason), _) => return Ok(Marked::Unprotected(reason)),
            (_, ReplayStatus::Unchecked(UncheckedReason::Off)) => {
                return Ok(Marked::Unprotected(UncheckedReason::Off));
            }
            (Ok(receipt), _) => receipt,
        };
        self.commit_receipt_in(transaction, receipt).await?;
        Ok(Marked::Protected)
    }

    /// As [`commit_in`](Self::commit_in), for whoever has the receipt without its delivery: a task that was given a
    /// clone of it, say.
    ///
    /// # Errors
    ///
    /// As with [`commit_in`](Self::commit_in).
    pub async fn commit_receipt_in(
        &self,
        transaction: &mut Transaction<'_, DB>,
        receipt: &Receipt,
    ) -> Result<(), CommitError> {
        if receipt.store_id() != Some(self.id()) {
            return Err(CommitError::AnotherStore);
        }
        let ask = Ask::of(receipt.lease());
        let marked = steps::mark::<DB>(transaction, self.link().texts(), &ask).await;
        match marked {
            Ok(Ok(())) => {
                receipt.mark_in_transaction();
                Ok(())
            }
            Ok(Err(by_this_delivery)) => {
                // Its own mark may be this transaction's, and goes with it.
                if !by_this_delivery {
                    receipt.mark_found_handled();
                }
                Err(CommitError::Handled { by_this_delivery })
            }
            Err(error) => Err(CommitError::Database(trouble::<DB>(error))),
        }
    }
}
