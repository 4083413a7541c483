//! Steps 8 to 11: from an admitted head to a message that is read, and whose guards have all passed.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use super::admit::{Admitted, AdmittedMessage, strip_path};
use super::body::{self, BrokenBody, ReadError};
use super::delivery::Parts;
use crate::auth::{Presented, Proofs, Tenant};
use crate::endpoint::{Endpoint, Shared};
use crate::observe::OutcomeGuard;
use crate::payload::{Payload, Unreadable, UnreadableKind};
use crate::provider::Message;
use crate::replay::{Fingerprint, Identity, Kept, Scope, UncheckedReason, fingerprint};
use crate::reply::{Rejection, RejectionKind, Reply};
use crate::request::Content;

impl<E: 'static> Admitted<E> {
    /// Steps 8 to 11 of the [pipeline](crate::pipeline): reads the body, verifies what it proves, and decodes the message.
    ///
    /// `poll_chunk` gives the body's next chunk, and `None` after the last one. It is not called for a request whose
    /// message is in its query, nor again after a refusal. `sleep` waits for a time, as the adapter's runtime does; it is
    /// called at most once, where the sender makes us wait.
    ///
    /// # Errors
    ///
    /// The refusal. It has been reported.
    pub async fn receive<S: Future<Output = ()>>(
        self,
        poll_chunk: impl FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, BrokenBody>>>,
        sleep: impl FnOnce(Duration) -> S,
    ) -> Result<Verified<E>, Reply> {
        let Self {
            endpoint,
            mut outcome,
            received_at,
            mut proofs,
            message,
            event_name,
            path_tokens,
        } = self;
        let shared = &endpoint.shared;
        let (raw, received_in) = match message {
            AdmittedMessage::InQuery { query } => (Bytes::from(query), ReceivedIn::Query),
            AdmittedMessage::InBody { signatures } => {
                let limits = &shared.limits;
                let body = body::read(
                    limits.max_body_bytes,
                    limits.read_timeout,
                    &*shared.clock,
                    poll_chunk,
                    sleep,
                );
                let body = match body.await {
                    Ok(body) => body,
                    Err(error) => {
                        let rejection = refusal(error, outcome.is_authenticated());
                        return Err(outcome.refuse(rejection));
                    }
                };
                match shared.verify(&signatures, &body, &mut proofs) {
                    Ok(None) => (body, ReceivedIn::Body),
                    Ok(Some(stripped)) => (Bytes::from(stripped), ReceivedIn::StrippedBody),
                    Err(rejection) => return Err(outcome.refuse(rejection)),
                }
            }
        };
        outcome.authenticated();

        let (tenant, secrets) = proofs.into_parts();
        let decoded = endpoint.decode(&raw, received_in, event_name, tenant.as_deref());
        let (event, fingerprint) = match decoded {
            Ok(decoded) => decoded,
            Err(rejection) => return Err(outcome.refuse(rejection)),
        };
        let tenant = tenant.map(|tenant| Arc::clone(tenant.id()));
        Ok(Verified {
            identity: endpoint.identity(&event, tenant.as_deref()),
            fingerprint,
            received_in,
            path_tokens,
            parts: Parts {
                event,
                raw,
                client: outcome.client(),
                tenant,
                secrets,
                received_at,
            },
            outcome,
            shared: endpoint.shared,
        })
    }
}

impl Shared {
    /// Step 9: what a body proves. Returns the body without the tokens that are part of it, where it has any.
    fn verify(
        &self,
        signatures: &[Presented],
        body: &[u8],
        proofs: &mut Proofs,
    ) -> Result<Option<String>, Rejection> {
        let body = Content::Body(body);
        self.guards.verify(signatures, body, proofs)?;
        let stripped = self.guards.check_content(body, proofs)?;
        proofs.check_tenant()?;
        Ok(stripped)
    }
}

impl<E: 'static> Endpoint<E> {
    /// Steps 10 and 11.
    fn decode(
        &self,
        raw: &Bytes,
        received_in: ReceivedIn,
        event_name: Option<String>,
        tenant: Option<&Tenant>,
    ) -> Result<(E, Fingerprint), Rejection> {
        let read = self.read(raw, received_in, event_name);
        let (event, fingerprint) = read.map_err(|unreadable| {
            if let Some(hook) = &self.shared.on_unreadable {
                hook(raw, &unreadable);
            }
            Rejection::unreadable(unreadable)
        })?;
        self.check_app_id(&event, tenant)?;
        Ok((event, fingerprint))
    }

    fn read(
        &self,
        raw: &Bytes,
        received_in: ReceivedIn,
        event_name: Option<String>,
    ) -> Result<(E, Fingerprint), Unreadable> {
        let is_query = received_in == ReceivedIn::Query;
        let payload = if is_query {
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
        let message = match event_name {
            Some(event_name) => message.with_label(event_name),
            None => message,
        };
        let event = self.provider.decode(&message)?;
        // The parameter that names the event is in a GET's query and not in a POST's body: it is no content of either.
        let location = self.provider.event_location().filter(|_| is_query);
        let is_event_name =
            |name: &str| location.is_some_and(|location| location.is_parameter(name));
        let fingerprint = fingerprint(message.payload(), |name| {
            self.provider.volatile_fields().contains(&name) || is_event_name(name)
        });
        Ok((event, fingerprint))
    }

    fn check_app_id(&self, event: &E, tenant: Option<&Tenant>) -> Result<(), Rejection> {
        let app_id = self.app_id(event);
        let expected = self.shared.app_ids.as_ref();
        let is_expected =
            expected.is_none_or(|expected| app_id.is_some_and(|app_id| expected.contains(app_id)));
        if is_expected && tenant.is_none_or(|tenant| tenant.accepts(app_id)) {
            return Ok(());
        }
        let cause = match app_id {
            Some(_) => "the app id is not one of the expected",
            None => "the message has no app id",
        };
        Err(Rejection::new(RejectionKind::AppId, cause))
    }

    /// The event's account, without space that was sent around it.
    fn app_id<'e>(&self, event: &'e E) -> Option<&'e str> {
        self.provider.app_id(event).map(str::trim_ascii)
    }

    /// Which message the event is, for the claim, and for how long it is remembered.
    fn identity(
        &self,
        event: &E,
        tenant: Option<&str>,
    ) -> Result<(Identity, Kept), UncheckedReason> {
        if !self.shared.protection.is_on() {
            return Err(UncheckedReason::Off);
        }
        let key = self.provider.key(event)?;
        let scope = Scope {
            provider: &self.shared.reporter.provider,
            endpoint: &self.shared.reporter.endpoint,
            tenant: tenant.unwrap_or_default(),
            app_id: self.app_id(event).unwrap_or_default(),
        };
        Ok((Identity::new(scope, key), key.kept()))
    }
}

fn refusal(error: ReadError, is_authenticated: bool) -> Rejection {
    match error {
        ReadError::TooLarge => Rejection::new(
            RejectionKind::TooLarge,
            "the body went over the limit while it was read",
        ),
        ReadError::TooSlow => Rejection::new(RejectionKind::TooSlow, "the body took too long"),
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
pub struct Verified<E> {
    pub(super) shared: Arc<Shared>,
    pub(super) outcome: OutcomeGuard,
    pub(super) identity: Result<(Identity, Kept), UncheckedReason>,
    pub(super) fingerprint: Fingerprint,
    pub(super) parts: Parts<E>,
    received_in: ReceivedIn,
    path_tokens: Vec<String>,
}

/// What the message was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReceivedIn {
    Query,
    Body,
    /// A body that had a token in it, which was taken out.
    StrippedBody,
}

/// The body to pass inwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InnerBody {
    /// None: the message was in the query, and what the headers say of a body is to be dropped with it.
    Empty,
    /// The body as it was received.
    Unchanged(Bytes),
    /// The body without what served as authentication. It has another length than its sender declared. Whatever else the
    /// headers say of the body, such as a digest, is of the body as it was sent.
    Stripped(Bytes),
}

impl<E> Verified<E> {
    /// The body to pass inwards.
    #[must_use]
    pub fn body(&self) -> InnerBody {
        match self.received_in {
            ReceivedIn::Query => InnerBody::Empty,
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
        let stripped_query = query.and_then(|query| match self.received_in {
            ReceivedIn::Query => guards.strip_content_query(query),
            ReceivedIn::Body | ReceivedIn::StrippedBody => guards.strip_query(query),
        });
        if stripped_path.is_none() && stripped_query.is_none() {
            return None;
        }
        let path = stripped_path.as_deref().unwrap_or(path);
        match stripped_query.as_deref().or(query) {
            None | Some("") => Some(path.to_owned()),
            Some(query) => Some(format!("{path}?{query}")),
        }
    }

    /// The names, in lower case, of headers that serve as authentication by their value. They are passed inwards: mark them
    /// as sensitive, so that they aren't printed with the others.
    pub fn secret_headers(&self) -> impl Iterator<Item = &str> {
        self.shared.guards.token_headers()
    }
}

impl<E> fmt::Debug for Verified<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("endpoint", &self.shared.reporter.endpoint)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}
