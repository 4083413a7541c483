//! One webhook URL, and the order of steps that every request to it goes through.
//!
//! 1. The method. POST and GET unless configured otherwise; HEAD wherever GET is.
//! 2. The client's address, against the allowlist.
//! 3. The declared length, the content encoding, the content type.
//! 4. The tokens: each guard has to pass. The signatures' headers: each has to stand once and be readable.
//! 5. A GET's and a HEAD's signatures are verified: all that they cover is there.
//! 6. A HEAD, and a GET without a parameter left after the tokens, are probes: they end here with 204.
//! 7. The body is read, bounded in size and time. A GET's is not.
//! 8. A POST's signatures are verified, over the bytes as received. From here on, or from step 4 where nothing is signed,
//!    the request has authenticated, and is told what became of it.
//! 9. The payload is decoded, once.
//! 10. The app id.
//! 11. Identity and fingerprint; the claim.
//! 12. The handler; its answer settles the claim.
//!
//! Each step takes what the step before returned ([`Admitted`], then [`Opened`], then [`Claimed`]), so an adapter can
//! neither change the order nor mix two endpoints:
//!
//! ```compile_fail,E0599
//! # async fn adapter(admitted: callhook::Admitted<callhook::telecmi::Event>) {
//! admitted.claim().await; // not opened yet
//! # }
//! ```
//!
//! ```compile_fail,E0382
//! # async fn adapter(admitted: callhook::Admitted<callhook::telecmi::Event>) {
//! let _ = admitted.read().open();
//! let _ = admitted.read().open(); // opened already
//! # }
//! ```

mod builder;
mod shared;
mod trouble;

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

pub use self::builder::{EndpointBuilder, StoreFailure};
pub(crate) use self::shared::Shared;

use crate::auth::Presented;
use crate::body::BodyBuffer;
use crate::claimed::Claimed;
use crate::delivery::{Delivery, How, Parts, Why};
use crate::payload::{Payload, Unreadable, UnreadableKind, form};
use crate::provider::{Message, Provider};
use crate::rejection::{Answer, Rejection, RejectionKind};
use crate::replay::{Claim, Fingerprint, Identity, Scope, fingerprint};
use crate::request::Head;
use crate::source::Client;
use crate::trail::Trail;

/// One webhook URL's configuration: provider, name, who may call, how they prove it, limits, replay protection.
///
/// Cheap to clone; clones share one replay store. Build it once, outside whatever a framework calls for each of its
/// workers.
pub struct Endpoint<E> {
    provider: Arc<dyn Provider<Event = E>>,
    shared: Arc<Shared>,
}

impl<E: 'static> Endpoint<E> {
    /// Configures an endpoint for a provider, such as [`Telecmi`](crate::telecmi::Telecmi).
    pub fn builder(provider: impl Provider<Event = E>) -> EndpointBuilder<E> {
        EndpointBuilder::new(Arc::new(provider))
    }
}

impl<E: 'static> Endpoint<E> {
    /// The name, which is the provider's unless another was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// Waits until no message is in a handler's hands and everything left to settle was tried.
    ///
    /// Call it after the server has stopped taking requests and before the process ends: a message that is still held
    /// then would only be free again when its lease ends.
    pub async fn idle(&self) {
        self.shared.held.none().await;
        self.shared.flush().await;
    }

    /// Steps 1 to 6: all that can be decided before the body.
    ///
    /// # Errors
    ///
    /// The refusal. It has been reported.
    pub async fn admit(&self, head: &Head<'_>) -> Result<Admission<E>, Rejection> {
        let client = self.shared.client(head);
        let is_open = self.shared.is_open();
        let mut trail = Trail::new(Arc::clone(&self.shared), client.address(), is_open);
        let received_at = self.shared.clock.now();
        let checked = match self.check_head(head, client, &mut trail) {
            Ok(checked) => checked,
            Err(rejection) => return Err(trail.refuse(rejection)),
        };
        if checked.is_probe {
            trail.report("probe", Some(Answer::PROBE.status()));
            return Ok(Admission::Probe(Answer::PROBE));
        }
        Ok(Admission::Body(Admitted {
            endpoint: self.clone(),
            trail,
            received_at,
            checked,
        }))
    }

    fn check_head(
        &self,
        head: &Head<'_>,
        client: Client,
        trail: &mut Trail,
    ) -> Result<CheckedHead, Rejection> {
        let shared = &self.shared;
        let is_accepted = match head.method() {
            "POST" => true,
            "GET" | "HEAD" => shared.methods.accepts_get(),
            _ => false,
        };
        if !is_accepted {
            return Err(Rejection::new(
                RejectionKind::Method,
                "method_not_allowed",
                "the method is not accepted",
            )
            .allow(shared.methods.allow()));
        }
        shared.check_source(client)?;
        let is_get = head.method() != "POST";
        if !is_get {
            check_declared_body(head, shared.max_body_bytes)?;
        }

        let mut secret = None;
        for guard in &shared.tokens {
            let name = guard.check(head).map_err(unauthenticated)?;
            secret.get_or_insert_with(|| Arc::clone(name));
        }
        let query = head.query().unwrap_or_default();
        let mut unverified = Vec::new();
        for guard in &shared.signatures {
            let presented = guard.present(head).map_err(unauthenticated)?;
            if is_get {
                let name = guard.verify(&presented, query.as_bytes(), is_get);
                secret.get_or_insert(Arc::clone(name.map_err(unauthenticated)?));
            } else {
                unverified.push(presented);
            }
        }
        if unverified.is_empty() {
            trail.authenticated();
        }

        let stripped = shared.strip(query);
        let left = stripped.as_deref().unwrap_or(query);
        let is_label = |pair: &form::Pair<'_>| {
            let name = pair.name();
            name.is_ok_and(|name| self.provider.is_label_parameter(&name))
        };
        let is_probe =
            head.method() == "HEAD" || (is_get && form::pairs(left).all(|pair| is_label(&pair)));
        // What authenticates is nobody's label.
        let label = if self.provider.reads_url() {
            self.provider.label(&head.with_query(left))
        } else {
            None
        };
        Ok(CheckedHead {
            is_get,
            is_probe,
            label: label.map(Cow::into_owned),
            query: if is_get {
                stripped.unwrap_or_else(|| query.to_owned())
            } else {
                String::new()
            },
            unverified,
            secret,
        })
    }

    /// What this endpoint makes of where a request comes from, in words: which address it takes for the client's, from
    /// where, and which network of the allowlist it is in. For operators; it says nothing of tokens.
    #[must_use]
    pub fn explain(&self, head: &Head<'_>) -> String {
        self.shared.explain_source(self.shared.client(head))
    }
}

fn unauthenticated(cause: &'static str) -> Rejection {
    Rejection::new(RejectionKind::Unauthenticated, "unauthenticated", cause)
}

/// What was found in a head that passed.
struct CheckedHead {
    is_get: bool,
    is_probe: bool,
    label: Option<String>,
    /// A GET's message.
    query: String,
    unverified: Vec<Presented>,
    secret: Option<Arc<str>>,
}

/// What comes after the head.
#[derive(Debug)]
pub enum Admission<E> {
    /// Somebody looks whether there is a webhook here: answer this.
    Probe(Answer),
    /// A message: read its body, if it has one, into what [`Admitted::read`] gives.
    Body(Admitted<E>),
}

/// Proof that a request's head passed every guard that needs no body.
pub struct Admitted<E> {
    endpoint: Endpoint<E>,
    trail: Trail,
    received_at: SystemTime,
    checked: CheckedHead,
}

impl<E: 'static> Admitted<E> {
    /// Whether the request's body is its message. A GET's is neither read nor passed on.
    #[must_use]
    pub fn has_body(&self) -> bool {
        !self.checked.is_get
    }

    /// Step 7: where the body goes, bounded in size and time from now on. Stays empty for a GET.
    #[must_use]
    pub fn read(self) -> BodyBuffer<E> {
        BodyBuffer::new(self)
    }

    /// The client's address, where the server knows it.
    #[must_use]
    pub fn client_addr(&self) -> Option<IpAddr> {
        self.trail.client()
    }

    /// A query to pass inwards: without what serves as authentication, and the rest to the byte. `None` where nothing had
    /// to be taken out, empty where nothing is left.
    #[must_use]
    pub fn strip(&self, query: &str) -> Option<String> {
        self.shared().strip(query)
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.endpoint.shared
    }

    pub(crate) fn is_authenticated(&self) -> bool {
        self.trail.is_authenticated()
    }

    pub(crate) fn refuse(mut self, rejection: Rejection) -> Rejection {
        self.trail.refuse(rejection)
    }

    /// Steps 8 to 10.
    pub(crate) fn open(mut self, body: Bytes) -> Result<Opened<E>, Rejection> {
        if let Err(cause) = self.verify(&body) {
            return Err(self.refuse(unauthenticated(cause)));
        }
        self.trail.authenticated();
        let Self {
            endpoint,
            mut trail,
            received_at,
            checked,
        } = self;
        let is_get = checked.is_get;
        let raw = if is_get {
            Bytes::from(checked.query)
        } else {
            body
        };
        match endpoint.decode(&raw, is_get, checked.label) {
            Ok((event, fingerprint)) => Ok(Opened {
                endpoint,
                trail,
                raw,
                is_get,
                event,
                fingerprint,
                secret: checked.secret,
                received_at,
            }),
            Err(rejection) => Err(trail.refuse(rejection)),
        }
    }

    fn verify(&mut self, body: &Bytes) -> Result<(), &'static str> {
        let guards = &self.endpoint.shared.signatures;
        let unverified = std::mem::take(&mut self.checked.unverified);
        for (guard, presented) in guards.iter().zip(unverified) {
            let name = guard.verify(&presented, body, self.checked.is_get)?;
            self.checked.secret.get_or_insert_with(|| Arc::clone(name));
        }
        Ok(())
    }
}

impl<E: 'static> Endpoint<E> {
    fn decode(
        &self,
        raw: &Bytes,
        is_get: bool,
        label: Option<String>,
    ) -> Result<(E, Fingerprint), Rejection> {
        let (event, fingerprint) = self.read(raw, is_get, label).map_err(|unreadable| {
            self.shared.offer_unreadable(raw, &unreadable);
            Rejection::unreadable(unreadable)
        })?;
        self.check_app_id(&event)?;
        Ok((event, fingerprint))
    }

    fn read(
        &self,
        raw: &Bytes,
        is_get: bool,
        label: Option<String>,
    ) -> Result<(E, Fingerprint), Unreadable> {
        let payload = if is_get {
            let query = std::str::from_utf8(raw).map_err(|_| {
                Unreadable::new(UnreadableKind::Malformed, "the query is not UTF-8")
            })?;
            Payload::from_query(query)?
        } else if self.provider.reads_templates() {
            Payload::from_template_body(raw)?
        } else {
            Payload::from_body(raw)?
        };
        let message = Message::new(payload);
        let message = match label {
            Some(label) => message.with_label(label),
            None => message,
        };
        let event = self.provider.decode(&message)?;
        // What the label is read from is in a GET's query and not in a POST's body: it is no content of either.
        let is_label = |name: &str| is_get && self.provider.is_label_parameter(name);
        let fingerprint = fingerprint(message.payload(), |name| {
            self.provider.is_volatile(name) || is_label(name)
        });
        Ok((event, fingerprint))
    }

    fn check_app_id(&self, event: &E) -> Result<(), Rejection> {
        let Some(expected) = &self.shared.app_ids else {
            return Ok(());
        };
        let cause = match self.app_id(event) {
            Some(app_id) if expected.contains(app_id) => return Ok(()),
            Some(_) => "the app id is not one of the expected",
            None => "the message has no app id",
        };
        Err(Rejection::new(
            RejectionKind::AppId,
            "app_id_not_expected",
            cause,
        ))
    }

    /// The event's account, without space that was sent around it.
    fn app_id<'e>(&self, event: &'e E) -> Option<&'e str> {
        self.provider.app_id(event).map(str::trim_ascii)
    }

    /// Which message the event is, for the claim.
    fn identity(&self, event: &E) -> Result<Identity, Why> {
        if self.shared.store.is_none() {
            return Err(Why::Off);
        }
        let key = self.provider.key(event)?;
        let scope = Scope {
            provider: &self.shared.provider,
            endpoint: &self.shared.name,
            tenant: "",
            app_id: self.app_id(event).unwrap_or_default(),
        };
        Ok(Identity::new(scope, key))
    }
}

/// Proof that a message was read, and that all of its guards passed.
pub struct Opened<E> {
    endpoint: Endpoint<E>,
    trail: Trail,
    raw: Bytes,
    is_get: bool,
    event: E,
    fingerprint: Fingerprint,
    secret: Option<Arc<str>>,
    received_at: SystemTime,
}

impl<E: 'static> Opened<E> {
    /// The body to pass inwards: what was read of a POST, nothing of a GET.
    #[must_use]
    pub fn body(&self) -> Bytes {
        if self.is_get {
            Bytes::new()
        } else {
            self.raw.clone()
        }
    }

    /// Step 11: claims the message for the handler that is about to run.
    ///
    /// Dropping the future at any await leaves no claim behind.
    pub async fn claim(self) -> Verdict<E> {
        let Self {
            endpoint,
            trail,
            raw,
            is_get: _,
            event,
            fingerprint,
            secret,
            received_at,
        } = self;
        let client = trail.client();
        let deliver = |event: E, how: How, claimed: Claimed| {
            let delivery = Delivery::new(Parts {
                event,
                raw,
                how,
                client,
                secret,
                received_at,
            });
            Verdict::Handle(delivery, claimed.delivered(how))
        };
        let identity = match endpoint.identity(&event) {
            Ok(identity) => identity,
            Err(why) => return deliver(event, How::Unchecked(why), Claimed::unleased(trail)),
        };
        let shared = Arc::clone(&endpoint.shared);
        let lease = shared.propose(identity, fingerprint);
        let claimed = Claimed::arm(trail, lease.clone());
        match shared.claim(&lease).await {
            Ok(Claim::First) => deliver(event, How::First, claimed),
            Ok(Claim::Revision) => deliver(event, How::Revision, claimed),
            Ok(Claim::Replay) => {
                claimed.replayed(Answer::REPLAY.status());
                Verdict::Answer(Answer::REPLAY)
            }
            Ok(Claim::InFlight { lease_left }) => {
                let rejection = Rejection::new(
                    RejectionKind::InFlight,
                    "in_flight",
                    "another copy of this content is being handled",
                )
                .retry_after(lease_left.min(MAX_RETRY_AFTER));
                Verdict::Answer(claimed.refused(rejection).into())
            }
            Err(error) => match shared.on_store_failure {
                StoreFailure::Handle => {
                    let how = How::Unchecked(Why::StoreUnavailable);
                    deliver(event, how, claimed.uncertain())
                }
                StoreFailure::Refuse => {
                    let rejection = Rejection::store(error).retry_after(MAX_RETRY_AFTER);
                    Verdict::Answer(claimed.unavailable(rejection).into())
                }
            },
        }
    }
}

/// What to do with a message.
#[derive(Debug)]
pub enum Verdict<E> {
    /// Give the delivery to the handler, and settle the guard by its answer.
    Handle(Delivery<E>, Claimed),
    /// Don't call the handler: answer this.
    Answer(Answer),
}

/// A sender that is asked to come back later than this may not come back at all.
const MAX_RETRY_AFTER: std::time::Duration = std::time::Duration::from_secs(5);

/// Refuses by the head what the body reader would refuse, or couldn't read.
fn check_declared_body(head: &Head<'_>, max: usize) -> Result<(), Rejection> {
    let declared = head.lines("content-length").next().and_then(|length| {
        std::str::from_utf8(length)
            .ok()?
            .trim_ascii()
            .parse::<u64>()
            .ok()
    });
    if declared.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > max)) {
        return Err(Rejection::new(
            RejectionKind::TooLarge,
            "too_large",
            "the declared length is over the limit",
        ));
    }
    let is_compressed = head
        .lines("content-encoding")
        .map(<[u8]>::trim_ascii)
        .any(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity"));
    if is_compressed {
        return Err(Rejection::new(
            RejectionKind::Unsupported,
            "content_encoding",
            "the body is compressed",
        ));
    }
    let is_multipart = head.lines("content-type").any(|content_type| {
        content_type
            .trim_ascii_start()
            .get(..10)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"multipart/"))
    });
    if is_multipart {
        return Err(Rejection::new(
            RejectionKind::Unsupported,
            "multipart",
            "the body is multipart",
        ));
    }
    Ok(())
}

impl<E> Clone for Endpoint<E> {
    fn clone(&self) -> Self {
        Self {
            provider: Arc::clone(&self.provider),
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<E> fmt::Debug for Endpoint<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("name", &self.shared.name)
            .field("provider", &self.shared.provider)
            .finish_non_exhaustive()
    }
}

impl<E> fmt::Debug for Admitted<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admitted")
            .field("endpoint", &self.endpoint)
            .field("secret", &self.checked.secret)
            .finish_non_exhaustive()
    }
}

impl<E> fmt::Debug for Opened<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("endpoint", &self.endpoint)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
