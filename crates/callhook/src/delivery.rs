//! What a handler reads: [`Delivery`].

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

/// One message that passed every guard: the event, and how it came.
///
/// Data only, and cheap to clone: it owns no lease, so keeping a clone beyond the handler changes nothing.
pub struct Delivery<E>(Arc<Parts<E>>);

pub(crate) struct Parts<E> {
    pub(crate) event: E,
    pub(crate) raw: Bytes,
    pub(crate) how: How,
    pub(crate) client: Option<IpAddr>,
    pub(crate) tenant: Option<Arc<str>>,
    pub(crate) secrets: SecretNames,
    pub(crate) received_at: SystemTime,
}

/// The names of the secrets that a request proved to know. One guard is the rule, and costs no allocation.
#[derive(Default)]
pub(crate) struct SecretNames {
    first: Option<Arc<str>>,
    others: Vec<Arc<str>>,
}

impl SecretNames {
    pub(crate) fn push(&mut self, name: &Arc<str>) {
        let name = Arc::clone(name);
        match &self.first {
            None => self.first = Some(name),
            Some(_) => self.others.push(name),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.first.iter().chain(&self.others).map(|name| &**name)
    }
}

impl fmt::Debug for SecretNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Whether this message came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum How {
    /// Neither this message nor another content of it is known.
    First,
    /// Another content of this message is known: a CDR sent again once its recording exists, say.
    Revision,
    /// Replay protection doesn't cover this message: it may come again.
    Unchecked(Why),
}

impl How {
    /// `first`, `revision` or `unchecked`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Revision => "revision",
            Self::Unchecked(_) => "unchecked",
        }
    }
}

/// Why replay protection doesn't cover a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Why {
    /// The message has no id.
    NoId,
    /// The platform waits for the answer, which has to be given every time it asks.
    AwaitsAnswer,
    /// The replay store could not answer, and the endpoint handles messages in that case.
    StoreUnavailable,
    /// The endpoint was built without replay protection.
    Off,
}

impl<E> Delivery<E> {
    pub(crate) fn new(parts: Parts<E>) -> Self {
        Self(Arc::new(parts))
    }

    /// The event.
    #[must_use]
    pub fn event(&self) -> &E {
        &self.0.event
    }

    /// The content as sent: the body of a POST, the query string of a GET. What served as authentication, or named the
    /// tenant, is taken out.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.0.raw
    }

    /// Whether this message came before.
    #[must_use]
    pub fn how(&self) -> How {
        self.0.how
    }

    /// The client's address, where the server knows it.
    #[must_use]
    pub fn client_addr(&self) -> Option<IpAddr> {
        self.0.client
    }

    /// The names of the secrets that the sender proved to know: one for each guard of the endpoint. Tokens of the head
    /// come first, then signatures, then tokens of the body; of each sort as they were configured.
    pub fn secret_names(&self) -> impl Iterator<Item = &str> {
        self.0.secrets.iter()
    }

    /// The id of the tenant, where the endpoint has [`Tenants`](crate::auth::Tenants).
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.0.tenant.as_deref()
    }

    /// When the request's head arrived.
    #[must_use]
    pub fn received_at(&self) -> SystemTime {
        self.0.received_at
    }

    /// The event by value: without a copy where this is the only clone, else `Err` with this delivery.
    ///
    /// # Errors
    ///
    /// When another clone exists: one that the application has made, or its framework, in which an extractor may leave the
    /// delivery for others.
    pub fn into_event(self) -> Result<E, Self> {
        Arc::try_unwrap(self.0)
            .map(|parts| parts.event)
            .map_err(Self)
    }
}

impl<E> Clone for Delivery<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E: fmt::Debug> fmt::Debug for Delivery<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("event", &self.0.event)
            .field("how", &self.0.how)
            .field("raw_bytes", &self.0.raw.len())
            .field("tenant", &self.0.tenant)
            .field("secrets", &self.0.secrets)
            .finish_non_exhaustive()
    }
}
