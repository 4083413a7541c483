//! Steps 8 to 11: from an admitted head to a message that is read, and whose guards have all passed.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use super::admit::{Admitted, AdmittedMessage, strip_path};
use super::body::{self, BrokenBody, Read, ReadError};
use super::delivery::Parts;
use super::received::{InnerBody, Received, ReceivedIn};
use crate::endpoint::{Fallback, Shared};
use crate::observe::{OutcomeGuard, OutcomeKind, Step};
use crate::rejection::{Rejection, RejectionKind};
use crate::replay::{Receipt, UncheckedReason};
use crate::reply::Reply;

impl<E: 'static> Admitted<E> {
    /// Steps 8 to 11 of the [pipeline](crate::pipeline): reads the body, verifies what it proves, and decodes the
    /// message.
    ///
    /// `poll_chunk` gives the body's next chunk, and `None` after the last one. It is not called for a request whose
    /// message is in its query, nor again after a refusal. `sleep` waits for a time, as the adapter's runtime does; it
    /// is called at most once, where the sender makes us wait.
    ///
    /// # Errors
    ///
    /// The refusal. It has been reported.
    pub async fn receive<S: Future<Output = ()>>(
        self,
        poll_chunk: impl FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, BrokenBody>>>,
        sleep: impl FnOnce(Duration) -> S,
    ) -> Result<Verified<E>, Reply> {
        let read = match &self.message {
            AdmittedMessage::InQuery { .. } => Read::nothing(self.outcome.step_began_at()),
            AdmittedMessage::InBody(_) => {
                let shared = &self.endpoint.shared;
                let body = body::read(
                    shared.limits.max_body_bytes,
                    shared.limits.read_timeout,
                    &*shared.clock,
                    self.outcome.step_began_at(),
                    poll_chunk,
                    sleep,
                );
                body.await
            }
        };
        self.received(read)
    }

    /// Steps 9 to 11. Apart from what waits, so that the future holds one copy of what was admitted.
    fn received(self, read: Read) -> Result<Verified<E>, Reply> {
        let Self {
            endpoint,
            mut outcome,
            received_at,
            mut proofs,
            message,
            event_name,
            path_tokens,
        } = self;
        let received = match message {
            AdmittedMessage::InQuery { query } => {
                outcome.skip_to(Step::Claim);
                Ok(Some(Received::Query { query, body: None }))
            }
            AdmittedMessage::InBody(to_read) => {
                outcome.body_read(read.bytes, read.ended_at);
                match read.body {
                    Ok(body) => endpoint.verify(to_read, body, &mut proofs),
                    Err(error) => Err(refusal(error, outcome.is_authenticated())),
                }
            }
        };
        let received = received.map_err(|rejection| outcome.refuse(rejection))?;
        outcome.authenticated();
        let Some(received) = received else {
            return Err(outcome.answered(OutcomeKind::Probe, Reply::PROBE));
        };

        let proven = proofs.into_parts();
        let (tenant, secrets) = proven.map_err(|rejection| outcome.refuse(rejection))?;
        let decoded = endpoint.decode(&received, event_name);
        let (event, fingerprint) = decoded.map_err(|rejection| outcome.refuse(rejection))?;
        let tenant_id = tenant.as_deref().map(|tenant| &**tenant.id());
        let identity = endpoint.identity(&event, tenant_id);
        // Where protection is off, too: its keys serve the application.
        let protection = &endpoint.shared.protection;
        let receipt =
            identity.map(|(identity, kept)| protection.propose(identity, kept, fingerprint));
        outcome.decoded(endpoint.provider.kind(&event), receipt.as_ref().ok());
        let expected = endpoint.check_app_id(&event, tenant.as_deref());
        expected.map_err(|rejection| outcome.refuse(rejection))?;
        endpoint.offer_unrecognized(&received, &event);
        let (raw, received_in) = received.into_parts();
        let tenant = tenant.map(|tenant| Arc::clone(tenant.id()));
        Ok(Verified {
            fallback: endpoint.fallback(&event),
            receipt,
            received_in,
            path_tokens,
            parts: Arc::new(Parts {
                event,
                raw,
                client: outcome.client(),
                tenant,
                secrets,
                received_at,
            }),
            outcome,
            shared: endpoint.shared,
        })
    }
}

fn refusal(error: ReadError, is_authenticated: bool) -> Rejection {
    match error {
        ReadError::TooLarge => Rejection::new(
            RejectionKind::TooLarge,
            "the body exceeded the limit while it was read",
        ),
        ReadError::TooSlow => {
            Rejection::new(RejectionKind::TooSlow, "the body was not received in time")
        }
        ReadError::Broken => {
            let cause = "the body ended before it was complete";
            if is_authenticated {
                Rejection::incomplete(cause)
            } else {
                // What can't be read of somebody unknown is somebody unknown.
                Rejection::new(RejectionKind::Unauthenticated, cause)
            }
        }
    }
}

/// Proof that a message was read, and that all of its guards passed.
#[must_use = "dropping it reports the request as cancelled"]
pub struct Verified<E> {
    pub(super) shared: Arc<Shared>,
    pub(super) outcome: Box<OutcomeGuard>,
    /// Its lease is only proposed so far.
    pub(super) receipt: Result<Receipt, UncheckedReason>,
    pub(super) fallback: Option<Arc<Fallback>>,
    pub(super) parts: Arc<Parts<E>>,
    received_in: ReceivedIn,
    path_tokens: Vec<String>,
}

impl<E> Verified<E> {
    /// The body to pass inwards.
    #[must_use]
    pub fn body(&self) -> InnerBody {
        match &self.received_in {
            ReceivedIn::Query => InnerBody::Empty,
            ReceivedIn::QueryOfPost(body) => InnerBody::Unchanged(body.clone()),
            ReceivedIn::Body => InnerBody::Unchanged(self.parts.raw.clone()),
            ReceivedIn::StrippedBody => InnerBody::Stripped(self.parts.raw.clone()),
        }
    }

    /// The path and query to pass inwards, of a path and a query as they came: without what served as authentication. A
    /// segment of the path that did is written `***`; the rest stays to the byte. `None` where nothing had to be taken
    /// out.
    #[must_use]
    pub fn strip(&self, path: &str, query: Option<&str>) -> Option<String> {
        let guards = &self.shared.guards;
        let stripped_path = strip_path(path, &self.path_tokens);
        let stripped_query = query.and_then(|query| guards.strip_query(query));
        if stripped_path.is_none() && stripped_query.is_none() {
            return None;
        }
        let path = stripped_path.as_deref().unwrap_or(path);
        match stripped_query.as_deref().or(query) {
            None | Some("") => Some(path.to_owned()),
            Some(query) => Some(format!("{path}?{query}")),
        }
    }

    /// Whether the sender waits for the answer, and a fallback is answered when the handler fails. Such a message is
    /// claimed in no store.
    #[must_use]
    pub fn has_fallback(&self) -> bool {
        self.fallback.is_some()
    }

    /// The names, in lower case, of headers that serve as authentication by their value. They are passed inwards: mark
    /// them as sensitive, so that they aren't printed with the others.
    pub fn secret_headers(&self) -> impl Iterator<Item = &str> {
        self.shared.guards.token_headers()
    }
}

impl<E> fmt::Debug for Verified<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("endpoint", &self.shared.reporter.endpoint)
            .field("receipt", &self.receipt)
            .finish_non_exhaustive()
    }
}
