//! What an application needs to mark a message as handled in a transaction of its own: [`Receipt`].

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{Lease, StoreId};

/// The claim of one delivered message: its keys, and what it takes to mark it as handled in the same transaction as its
/// effects.
///
/// A handler gets it from [`Delivery::receipt`](crate::Delivery::receipt). Cheap to clone; clones are one receipt. It
/// owns nothing: keeping it beyond the handler keeps no lease.
///
/// # Keys for tables of your own
///
/// [`message_key`](Self::message_key) and [`content_key`](Self::content_key) have 32 bytes each, however long the ids
/// are that the sender chose. Under a `UNIQUE` column with the first, a message has one row; with the second, each of
/// its contents has one. The store need not be in the same database for that.
///
/// # The mark, in SQL of your own
///
/// A replay store in the application's database (`callhook-sqlx`) marks the message with these four values, last in the
/// transaction that writes the message's effects:
///
/// | value | type | meaning |
/// |---|---|---|
/// | [`message_key`](Self::message_key) | 32 bytes | which message |
/// | [`content`](Self::content) | 16 bytes | which content of it |
/// | [`token`](Self::token) | 16 bytes | which claim |
/// | [`window`](Self::window) | duration | for how long the content is remembered as handled, from the mark on |
///
/// If you write the statement by hand, report its result to the receipt, so that the layer or middleware does the right
/// thing once the handler has answered:
///
/// 1. The statement has marked the content: [`mark_in_transaction`](Self::mark_in_transaction). **The transaction
///    decides from then on.** An answer of 2xx settles nothing more. A failure, a panic or a sender that hangs up
///    releases the claim, which changes nothing where the transaction was committed, and lets the next copy be handled
///    where it was not.
/// 2. It has found the content handled: [`mark_found_handled`](Self::mark_found_handled), then roll back and answer
///    2xx. Nothing is left to settle.
/// 3. It failed: report nothing. The answer then decides, as it does without a receipt.
///
/// ```
/// use callhook::Delivery;
///
/// /// What the rows affected by the mark mean.
/// fn marked<E>(delivery: &Delivery<E>, rows_affected: u64) -> bool {
///     let Ok(receipt) = delivery.receipt() else {
///         return true; // Replay protection doesn't cover this message: there is nothing to mark.
///     };
///     if rows_affected == 0 {
///         receipt.mark_found_handled();
///         return false; // Roll back, and answer 2xx.
///     }
///     receipt.mark_in_transaction();
///     true
/// }
/// ```
#[derive(Clone)]
pub struct Receipt(Arc<Inner>);

struct Inner {
    lease: Lease,
    store: Option<StoreId>,
    mark: AtomicU8,
}

/// What a transaction of the application's has made of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Nothing, as far as is known.
    None,
    /// It has marked it, and may have been committed.
    InTransaction,
    /// It has found it handled.
    FoundHandled,
}

impl Receipt {
    pub(crate) fn new(lease: Lease, store: Option<StoreId>) -> Self {
        Self(Arc::new(Inner {
            lease,
            store,
            mark: AtomicU8::new(Mark::None as u8),
        }))
    }

    /// Makes a receipt of a lease, as a store of this id was asked for it, for the tests of a store.
    #[cfg(any(test, feature = "testing"))]
    #[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
    #[must_use]
    pub fn for_test(lease: Lease, store: Option<StoreId>) -> Self {
        Self::new(lease, store)
    }

    /// The key of the message, of one size however long its id is:
    /// [`Identity::message_key`](super::Identity::message_key). The same for every copy and every revision, in every
    /// process and release.
    #[must_use]
    pub fn message_key(&self) -> [u8; 32] {
        self.0.lease.identity().message_key()
    }

    /// The key of this content of the message: the SHA-256 of [`message_key`](Self::message_key) followed by
    /// [`content`](Self::content). The same for every copy, and another for each revision.
    ///
    /// It is valid for one version of the [`Fingerprint`](super::Fingerprint): a release of callhook that raises that
    /// version, which its changelog says, gives another key to the same content. So it suits a `UNIQUE` column that
    /// must hold for as long as senders try again, and no archive.
    #[must_use]
    pub fn content_key(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(self.message_key());
        digest.update(self.content());
        digest.finalize().into()
    }

    /// Which content of the message this is: the 128 bits of its [`Fingerprint`](super::Fingerprint), the highest byte
    /// first. All zero where the endpoint deduplicates by leg.
    #[must_use]
    pub fn content(&self) -> [u8; 16] {
        self.0.lease.fingerprint().to_bits().to_be_bytes()
    }

    /// Which claim this is: the 128 bits of the lease's [`Token`](super::Token), the highest byte first. Another for
    /// each delivery.
    #[must_use]
    pub fn token(&self) -> [u8; 16] {
        self.0.lease.token().to_bits().to_be_bytes()
    }

    /// For how long the content is to be remembered once it is handled: the endpoint's
    /// [`replay_window`](crate::EndpointBuilder::replay_window), or its
    /// [`live_replay_window`](crate::EndpointBuilder::live_replay_window) for a live event.
    #[must_use]
    pub fn window(&self) -> Duration {
        self.0.lease.window()
    }

    /// The lease that the endpoint has asked its store for. Where the store could not answer, nobody knows whether it
    /// was granted: a mark is valid nevertheless, since a commit is a fact.
    #[must_use]
    pub fn lease(&self) -> &Lease {
        &self.0.lease
    }

    /// The store that the endpoint asks about this message, if that store has an id. A store that marks messages in
    /// transactions refuses receipts of another.
    #[must_use]
    pub fn store_id(&self) -> Option<StoreId> {
        self.0.store
    }

    /// Tells the layer or middleware that a transaction of the application has marked the content as handled, whether
    /// or not it is committed yet: [the transaction decides](Self#the-mark-in-sql-of-your-own).
    ///
    /// Returns whether this is the first time. A second time is not a mistake where the first transaction was rolled
    /// back and is tried again. What keeps two transactions from having the effect twice is the row that they both
    /// mark.
    pub fn mark_in_transaction(&self) -> bool {
        self.set(Mark::InTransaction) != Mark::InTransaction
    }

    /// Tells the layer or middleware that a transaction of the application has found the content handled, by whichever
    /// delivery, and that this is a committed fact: whatever the handler answers, nothing is left to settle.
    ///
    /// Not for a mark that this very transaction has made before, and that goes with it when it is rolled back.
    pub fn mark_found_handled(&self) {
        self.set(Mark::FoundHandled);
    }

    /// Whether a transaction has marked the content, as told by [`mark_in_transaction`](Self::mark_in_transaction).
    #[must_use]
    pub fn is_marked_in_transaction(&self) -> bool {
        self.mark() == Mark::InTransaction
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark::of(self.0.mark.load(Ordering::Acquire))
    }

    fn set(&self, mark: Mark) -> Mark {
        Mark::of(self.0.mark.swap(mark as u8, Ordering::AcqRel))
    }
}

impl Mark {
    fn of(mark: u8) -> Self {
        match mark {
            mark if mark == Self::InTransaction as u8 => Self::InTransaction,
            mark if mark == Self::FoundHandled as u8 => Self::FoundHandled,
            _ => Self::None,
        }
    }
}

impl fmt::Debug for Receipt {
    /// The endpoint and the message's key, as [`Identity`](super::Identity) shows them, and nothing of the message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("identity", self.0.lease.identity())
            .field("mark", &self.mark())
            .finish_non_exhaustive()
    }
}
