//! What a handler reads: [`Delivery`].

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use crate::auth::SecretNames;
use crate::replay::{Receipt, ReplayStatus, UncheckedReason};

/// One message that passed every guard: its event, and how it was received.
///
/// It is only data and cheap to clone: it owns no lease, so a clone may be kept after the handler has returned. Clones
/// share one [receipt](Self::receipt).
pub struct Delivery<E> {
    parts: Arc<Parts<E>>,
    replay_status: ReplayStatus,
    /// Of where protection is off, too.
    receipt: Result<Receipt, UncheckedReason>,
}

/// What is known of a message before it is claimed. It goes from step to step behind a pointer: it is large.
pub(super) struct Parts<E> {
    pub(super) event: E,
    pub(super) raw: Bytes,
    pub(super) client: Option<IpAddr>,
    pub(super) tenant: Option<Arc<str>>,
    pub(super) secrets: SecretNames,
    pub(super) received_at: SystemTime,
}

impl<E> Delivery<E> {
    pub(super) fn new(
        parts: Arc<Parts<E>>,
        replay_status: ReplayStatus,
        receipt: Result<Receipt, UncheckedReason>,
    ) -> Self {
        Self {
            parts,
            replay_status,
            receipt,
        }
    }

    /// The event.
    #[must_use]
    pub fn event(&self) -> &E {
        &self.parts.event
    }

    /// The content as sent: the body, or the query string if the message was there, without what served as
    /// authentication or named the tenant.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.parts.raw
    }

    /// Whether this message has been received before.
    #[must_use]
    pub fn replay_status(&self) -> ReplayStatus {
        self.replay_status
    }

    /// What is needed to mark this message as handled in a transaction of the application, together with its effects.
    /// It is valid even when the store could not answer and the message is handled anyway.
    ///
    /// # Errors
    ///
    /// Why there is nothing to mark: the message has no id, its sender waits for the answer, or replay protection is
    /// off.
    pub fn receipt(&self) -> Result<&Receipt, UncheckedReason> {
        if self.replay_status == ReplayStatus::Unchecked(UncheckedReason::Off) {
            return Err(UncheckedReason::Off);
        }
        self.receipt.as_ref().map_err(|reason| *reason)
    }

    /// The key of this message, of 32 bytes: the same for every copy and revision of it. For a column of your own
    /// tables, also where the endpoint has no replay protection. See [`Receipt::message_key`].
    ///
    /// Use `.ok()` for a nullable `UNIQUE` column. Don't answer a message without a key with an error: its sender would
    /// try again in vain.
    ///
    /// # Errors
    ///
    /// When the message has no key: it has no id, or its sender waits for the answer.
    pub fn message_key(&self) -> Result<[u8; 32], UncheckedReason> {
        let receipt = self.receipt.as_ref();
        receipt.map(Receipt::message_key).map_err(|reason| *reason)
    }

    /// The key of this content of the message, of 32 bytes: the same for every copy, and another for each revision.
    /// Valid for one version of the fingerprint; see [`Receipt::content_key`].
    ///
    /// # Errors
    ///
    /// As [`message_key`](Self::message_key).
    pub fn content_key(&self) -> Result<[u8; 32], UncheckedReason> {
        let receipt = self.receipt.as_ref();
        receipt.map(Receipt::content_key).map_err(|reason| *reason)
    }

    /// The client's address, where the server knows it.
    #[must_use]
    pub fn client_addr(&self) -> Option<IpAddr> {
        self.parts.client
    }

    /// The names of the secrets that the sender proved to know: one for each guard of the endpoint. Tokens in the head
    /// come first, then signatures, then tokens in the body, each in the order of configuration.
    pub fn secret_names(&self) -> impl Iterator<Item = &str> {
        self.parts.secrets.iter()
    }

    /// The id of the tenant, where the endpoint has [`Tenants`](crate::auth::Tenants).
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.parts.tenant.as_deref()
    }

    /// When the request's head arrived.
    #[must_use]
    pub fn received_at(&self) -> SystemTime {
        self.parts.received_at
    }

    /// The event by value: without a copy if this is the only clone, or else this delivery as `Err`.
    ///
    /// # Errors
    ///
    /// When another clone exists: one that the application has made, or its framework, in which an extractor may leave
    /// the delivery for others.
    pub fn into_event(self) -> Result<E, Self> {
        let Self {
            parts,
            replay_status,
            receipt,
        } = self;
        match Arc::try_unwrap(parts) {
            Ok(parts) => Ok(parts.event),
            Err(parts) => Err(Self {
                parts,
                replay_status,
                receipt,
            }),
        }
    }
}

impl<E> Clone for Delivery<E> {
    fn clone(&self) -> Self {
        Self {
            parts: Arc::clone(&self.parts),
            replay_status: self.replay_status,
            receipt: self.receipt.clone(),
        }
    }
}

impl<E: fmt::Debug> fmt::Debug for Delivery<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("event", &self.parts.event)
            .field("replay_status", &self.replay_status)
            .field("raw_bytes", &self.parts.raw.len())
            .field("tenant", &self.parts.tenant)
            .field("secrets", &self.parts.secrets)
            .finish_non_exhaustive()
    }
}
