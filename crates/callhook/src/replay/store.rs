//! What a replay store has to do.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use super::{Lease, StoreId};

/// Remembers which messages were handled, and who handles which right now.
///
/// The trait is meant to be implemented by applications too; the methods may be written as `async fn`.
///
/// # The contract
///
/// 1. The unit is the pair (identity, fingerprint). Each pair is claimed, held, handled and forgotten on its own.
/// 2. [`claim`](ReplayStore::claim) is one atomic step. Of any number of concurrent claims of one pair, exactly one
///    gets [`Claim::First`] or [`Claim::Revision`], and the others [`Claim::InFlight`]: also where the pair was
///    released, or its lease or its window is over. Of different contents of one message that are claimed in the same
///    instant, each is granted, and more than one of them may be [`Claim::First`]. A claim that is repeated with the
///    token that holds the lease is granted again, so a store may retry one whose answer was lost.
/// 3. A lease that has run out no longer protects its pair: the next claim gets it.
/// 4. **A commit is a fact.** A pair is free, held or handled, and [`commit`](ReplayStore::commit) leaves it handled
///    whatever it was, for the committing lease's window: the message *was* handled. That holds for a lease that ran
///    out, for one whose claim the store never saw, and while another owner holds the pair. That owner keeps nothing:
///    claims are replays from then on, and its own release finds the pair handled. What is handled already stays as it
///    is, and the answer is [`Settled::Lost`].
/// 5. **A token fences what takes something away.** [`release`](ReplayStore::release) frees a pair only for the
///    [`Token`](super::Token) that holds it: what another owner holds, and what is handled, stays as it is, and the
///    answer is [`Settled::Lost`]. Settling a lease a second time changes nothing, whatever is answered: a second
///    commit does not extend the window. A commit after a release is a commit.
/// 6. [`settle_later`](ReplayStore::settle_later) returns at once and is called from `Drop`, possibly outside a
///    runtime. It is called for a lease whose claim may still be on its way to the store, was never made, or was
///    refused: releasing such a lease changes nothing for any other owner. Where a claim can arrive after its own
///    release, on another connection say, it should be refused with an error: granted, it would hold the content for an
///    owner that has gone.
/// 7. No live claim is ever evicted. A store that is full of live claims says so with an error, which the endpoint
///    treats like any trouble with the store.
/// 8. A store's methods end within a time that the store bounds; the endpoint adds no timeout of its own.
/// 9. A panic in a method is an error of the store to the endpoint, which asks it again for the next message. (Where
///    panics abort the process, nothing can be done about one.)
///
/// `callhook::testing::store_acceptance` (feature `testing`) checks all of this against any store.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a replay store",
    label = "expected a store such as `MemoryStore`, or `callhook_redis::RedisStore`",
    note = "pass a store, not the address or the connection that it is made of"
)]
pub trait ReplayStore: Send + Sync + 'static {
    /// Why the store could not answer. The endpoint logs only its text, once for each incident: it has to name the
    /// cause, and must not contain a payload.
    type Error: Error + Send + Sync + 'static;

    /// Asks for the lease.
    ///
    /// # Errors
    ///
    /// When the store can't answer. The endpoint then follows its [`OnStoreFailure`](crate::OnStoreFailure) policy.
    fn claim(&self, lease: &Lease) -> impl Future<Output = Result<Claim, Self::Error>> + Send;

    /// The message was handled: remembers it for [`Lease::window`], whoever holds it now.
    ///
    /// # Errors
    ///
    /// When the store can't tell whether it has remembered. The message may then be handled again.
    fn commit(&self, lease: &Lease) -> impl Future<Output = Result<Settled, Self::Error>> + Send;

    /// The message was not handled: its next copy is to be handled.
    ///
    /// # Errors
    ///
    /// When the store can't tell whether it has released. The lease then ends when its time is over.
    fn release(&self, lease: &Lease) -> impl Future<Output = Result<Settled, Self::Error>> + Send;

    /// Settles as soon as possible, without waiting: a best effort, called from `Drop`.
    fn settle_later(&self, lease: Lease, settlement: Settlement);

    /// Waits until everything given to [`settle_later`](ReplayStore::settle_later) has been tried.
    fn flush(&self) -> impl Future<Output = ()> + Send;

    /// The id that the [receipts](super::Receipt) of this store's messages have. `None` by default: only a store that
    /// marks messages in an application's transactions has to know its own receipts. A store around another passes the
    /// inner one's on.
    fn store_id(&self) -> Option<StoreId> {
        None
    }
}

impl<S: ReplayStore> ReplayStore for Arc<S> {
    type Error = S::Error;

    fn claim(&self, lease: &Lease) -> impl Future<Output = Result<Claim, S::Error>> + Send {
        S::claim(self, lease)
    }

    fn commit(&self, lease: &Lease) -> impl Future<Output = Result<Settled, S::Error>> + Send {
        S::commit(self, lease)
    }

    fn release(&self, lease: &Lease) -> impl Future<Output = Result<Settled, S::Error>> + Send {
        S::release(self, lease)
    }

    fn settle_later(&self, lease: Lease, settlement: Settlement) {
        S::settle_later(self, lease, settlement);
    }

    fn flush(&self) -> impl Future<Output = ()> + Send {
        S::flush(self)
    }

    fn store_id(&self) -> Option<StoreId> {
        S::store_id(self)
    }
}

/// What a claim found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// The lease is granted, and no other content of this message is known. Two contents that are claimed at the same
    /// instant may both get this.
    First,
    /// The lease is granted, and another content of this message was handled or is being handled.
    Revision,
    /// This content was handled. No lease.
    Replay,
    /// This content is another owner's. No lease.
    InFlight {
        /// How long that owner's lease still runs.
        lease_left: Duration,
    },
}

/// What became of a lease that was to be settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Settled {
    /// Done as asked: this commit has made the content a handled one, or nothing of this owner's holds it any more.
    Done,
    /// Nothing was changed. A commit found the content handled: another owner was first, unless this is a second try of
    /// the same commit. A release found it handled, or in the hands of another owner.
    Lost,
    /// Nothing was changed: this very lease has handled the content already, in a
    /// [transaction of the application](super::Receipt) or by a first try of the same commit. For stores that remember
    /// whose commit it was; one that doesn't answers [`Lost`](Self::Lost).
    AlreadyHandled,
}

/// How a lease is to be settled. Exhaustive, so that a store may match on both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Handled: remember it.
    Commit,
    /// Not handled: let the next copy be handled.
    Release,
}
