//! How messages are handled once.

use std::sync::Arc;
use std::time::Duration;

use super::{EndpointBuilder, Store};
use crate::replay::{AnyStore, OnStoreFailure, ReplayStore};

/// # Replay protection
impl<E: 'static> EndpointBuilder<E> {
    /// Remembers handled messages in this store instead of in a memory store of the endpoint's own. The endpoint then
    /// needs a [`name`](Self::name) that no other endpoint of that store has.
    pub fn replay_store(mut self, store: impl ReplayStore) -> Self {
        self.store = Store::Given(AnyStore::of(store));
        self
    }

    /// Handles every copy of every message. The handler must then be idempotent by itself.
    pub fn insecure_no_replay_protection(mut self) -> Self {
        self.store = Store::Off;
        self
    }

    /// What happens to a message when the replay store can't answer.
    pub fn on_store_failure(mut self, policy: OnStoreFailure) -> Self {
        self.on_store_failure = policy;
        self
    }

    /// How long a handler holds a message. A handler that may take longer needs a longer lease: once the lease is over,
    /// a copy of the message may be handled at the same time.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How long a handled message is remembered: 24 hours by default, for records and for messages of an unknown kind.
    /// Live events have a [window of their own](Self::live_replay_window).
    ///
    /// It has to be longer than senders keep trying (PIOPIY resends a record for half an hour), and at least as long as
    /// a signature is valid.
    pub fn replay_window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// How long a handled live event is remembered: two minutes by default. Live events are those that a provider calls
    /// [`live`](crate::replay::MessageKey::live): the live and stream events of TeleCMI and PIOPIY, and at Voipappz all
    /// but `Call:Hangup`, `Call:Reporting` and events that are not documented.
    ///
    /// A state can come back: a stream that is connected, disconnected and connected again, a call that is put on hold
    /// twice. The third message then has the content of the first, and within this window it is answered as a replay. A
    /// copy that comes after this window is handled again. So it should be as long as a sender may take to try again,
    /// and no longer.
    ///
    /// A signature with a timestamp is valid for twice its [tolerance](crate::auth::SignatureTimestamp::tolerance), and
    /// within that time anyone who has seen the message could send it again. So where an endpoint has such signatures,
    /// this window is at least that long by default (ten minutes for a tolerance of five), and
    /// [`build`](Self::build) refuses a shorter one: lower the tolerance first. It also refuses one that is longer than
    /// [`replay_window`](Self::replay_window).
    pub fn live_replay_window(mut self, window: Duration) -> Self {
        self.live_window = Some(window);
        self
    }

    /// Treats all contents of a message as copies: once one is handled, every other message of the same kind, leg and
    /// status is answered as a replay.
    ///
    /// **This drops new information**: a CDR that is sent again once its recording exists is answered as a replay. It
    /// is the one exception to the promise that nothing is lost.
    pub fn lossy_per_leg(mut self) -> Self {
        self.is_lossy_per_leg = true;
        self
    }

    /// Which answers of the handler count as success, by their status: 2xx by default. Everything else releases the
    /// message, so that its next copy is handled.
    pub fn success_when(mut self, rule: impl Fn(u16) -> bool + Send + Sync + 'static) -> Self {
        self.success = Arc::new(rule);
        self
    }
}
