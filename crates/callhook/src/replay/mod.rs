//! Replay protection: each message is handled once, and none is lost.
//!
//! 1. **What is claimed** is one content of one message: an [`Identity`] (which message) together with a
//!    [`Fingerprint`] (which content). `cmiuuid` alone names a *leg*: its started, answered and hangup events and its
//!    CDR share it, so it is one part of the identity among others.
//! 2. **A [`Lease`]** says who handles a content. Its token is drawn before the store is asked, so a request that is
//!    dropped while the store works can still abandon its claim.
//! 3. **The handler's answer settles the lease**: 2xx commits it, everything else releases it, so that the sender's
//!    retry is handled. A handler that panics or is dropped releases.
//! 4. **A copy** of a content that was committed is answered 200 without the handler. A copy of a content that is being
//!    handled right now is answered 503 with `Retry-After`, never 2xx: the first may still fail.
//! 5. **A revision**, the same message with another content (a CDR sent again once its recording exists), is handled,
//!    and at once, even while the first runs.
//! 6. **A commit is a fact.** A handler that takes longer than its lease may find that a copy was given to another one.
//!    Its success still counts: from then on every copy is a replay, whatever the other handler does.
//! 7. **Effects exactly once.** A store in the application's own database can mark a message in the transaction that
//!    writes its effects, with the delivery's [`Receipt`]. That transaction then decides, and not the answer.
//! 8. **A record is remembered for a day, a state for two minutes**
//!    ([`replay_window`](crate::EndpointBuilder::replay_window),
//!    [`live_replay_window`](crate::EndpointBuilder::live_replay_window)): records are sent again for half an hour,
//!    while a call that is put on hold a second time is a new message with the same content.
//!
//! The store is [`MemoryStore`] unless the builder is given another. A memory store is right for one process; several
//! processes behind one URL need a store that they share, or each of them handles its own copy once.

mod erased;
mod fingerprint;
mod identity;
mod in_flight;
mod kept;
mod lease;
mod memory;
mod panicked;
mod protection;
mod receipt;
mod status;
mod store;
mod store_id;

pub use self::fingerprint::Fingerprint;
pub use self::identity::{Identity, IdentityPart, MessageKey};
pub use self::lease::{Lease, Token};
pub use self::memory::{MemoryStore, MemoryStoreBuilder, MemoryStoreError};
pub use self::protection::OnStoreFailure;
pub use self::receipt::Receipt;
pub use self::status::{ReplayStatus, UncheckedReason};
pub use self::store::{Claim, ReplayStore, Settled, Settlement};
pub use self::store_id::StoreId;

pub(crate) use self::erased::AnyStore;
pub(crate) use self::fingerprint::fingerprint;
pub(crate) use self::identity::Scope;
pub(crate) use self::in_flight::{InFlight, InFlightGuard};
pub(crate) use self::kept::Kept;
pub(crate) use self::lease::TokenSource;
pub(crate) use self::protection::{Protection, SuccessRule, Windows};
pub(crate) use self::receipt::Mark;
