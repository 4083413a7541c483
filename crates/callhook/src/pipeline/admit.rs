//! Steps 1 to 7: all that can be decided before the body.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::auth::{Guards, Presented, Proofs};
use crate::endpoint::Endpoint;
use crate::observe::{OutcomeGuard, OutcomeKind, Step};
use crate::rejection::Rejection;
use crate::reply::Reply;
use crate::request::{Charset, Content, Head, Location};
use crate::source::Client;

impl<E: 'static> Endpoint<E> {
    /// Steps 1 to 7 of the [pipeline](crate::pipeline): all that can be decided before the body.
    ///
    /// `sleep` waits for a time, as the adapter's runtime does: `tokio::time::sleep`, say. It is called where the
    /// application is asked for a tenant, which has a deadline.
    ///
    /// # Errors
    ///
    /// What to answer instead: a refusal, or the answer to a probe. It has been reported.
    pub async fn admit<S: Future<Output = ()>>(
        &self,
        head: &Head<'_>,
        sleep: impl FnOnce(Duration) -> S,
    ) -> Result<Admitted<E>, Reply> {
        let shared = &self.shared;
        let client = shared.source.client(head);
        let received_at = shared.clock.now();
        let mut outcome = OutcomeGuard::new(&shared.reporter, client.address(), received_at);
        let guards = &shared.guards;
        let checked = self.check_line(head, client);
        let checked = checked.and_then(|()| guards.check_own_tokens(head));
        let mut proofs = checked.map_err(|rejection| outcome.refuse(rejection))?;
        // Only now: whoever guesses tokens gets no look at the clock.
        match guards.tenants() {
            None => outcome.start(Step::Read),
            Some(tenants) => {
                outcome.start(Step::Lookup);
                let name = tenants.name(head);
                // Boxed: most endpoints have no tenants, and need no space for it in their futures.
                let found = Box::pin(tenants.find(name.as_deref(), sleep)).await;
                outcome.end_step(Step::Read);
                let found = guards.resolved(name.as_deref(), found, &mut proofs);
                found.map_err(|rejection| outcome.refuse(rejection))?;
                outcome.names_tenant(proofs.tenant_id());
            }
        }
        let message = self.check_proofs(head, received_at, &mut proofs);
        let message = message.map_err(|rejection| outcome.refuse(rejection))?;
        if !message.has_proofs_left(guards) {
            outcome.authenticated();
        }
        if self.is_probe(head, &message) {
            return Err(outcome.answered(OutcomeKind::Probe, Reply::PROBE));
        }
        let path_tokens = shared.guards.path_tokens(head);
        let event_name = match self.provider.event_location() {
            Some(location) => self.event_name(head, location, &message, &path_tokens),
            None => None,
        };
        Ok(Admitted {
            endpoint: self.clone(),
            outcome: Box::new(outcome),
            received_at,
            proofs,
            message,
            event_name,
            path_tokens,
        })
    }

    /// Steps 1 to 3.
    fn check_line(&self, head: &Head<'_>, client: Client) -> Result<(), Rejection> {
        let shared = &self.shared;
        shared.limits.check_method(head)?;
        shared.source.check(client)?;
        if self.reads_body(head) {
            shared.limits.check_declared_body(head)?;
        }
        Ok(())
    }

    /// Steps 5 and 6, but for the tokens that are every tenant's.
    fn check_proofs(
        &self,
        head: &Head<'_>,
        received_at: SystemTime,
        proofs: &mut Proofs,
    ) -> Result<AdmittedMessage, Rejection> {
        let guards = &self.shared.guards;
        let signatures = guards.check_head(head, received_at, proofs)?;
        if self.reads_body(head) {
            let message = AdmittedMessage::InBody(BodyToRead {
                signatures,
                charset: Charset::of(head).filter(|_| guards.cover_content_types()),
                is_get: head.method() == "GET",
                signed_query: self.signed_query(head),
                query_fields: self.query_fields(head),
            });
            if !message.has_proofs_left(guards) {
                proofs.check_tenant()?;
            }
            return Ok(message);
        }
        let query = head.query().unwrap_or_default();
        guards.verify(&signatures, false, query, b"", proofs)?;
        let message = guards.message_query(query);
        let content = Content::Query(message.as_deref().unwrap_or(query));
        let rest = guards.check_content(content, proofs)?;
        proofs.check_tenant()?;
        let query = rest.or(message).unwrap_or_else(|| query.to_owned());
        Ok(AdmittedMessage::InQuery { query })
    }

    /// Whether a body comes that may be the message. A GET's is not where its signatures are over the query alone: anybody
    /// could have added it.
    fn reads_body(&self, head: &Head<'_>) -> bool {
        let guards = &self.shared.guards;
        head.has_body() && (head.method() == "POST" || guards.cover_bodies_of_gets())
    }

    /// A GET's query as it was received, which some of its signatures may be over.
    fn signed_query(&self, head: &Head<'_>) -> Option<String> {
        let is_needed = head.method() != "POST" && self.shared.guards.needs_body();
        head.query().filter(|_| is_needed).map(str::to_owned)
    }

    /// The query's fields, which are the message where the body holds none. `None` where there are none, and for a POST whose
    /// query no signature covers, if it has signatures.
    fn query_fields(&self, head: &Head<'_>) -> Option<String> {
        let guards = &self.shared.guards;
        let is_covered = head.method() != "POST" || guards.cover_queries_of_posts();
        let query = head
            .query()
            .filter(|query| is_covered && self.has_fields(query))?;
        let fields = guards.message_query(query);
        Some(fields.unwrap_or_else(|| query.to_owned()))
    }

    /// Step 7: whether somebody only looks if there is a webhook here.
    fn is_probe(&self, head: &Head<'_>, message: &AdmittedMessage) -> bool {
        let AdmittedMessage::InQuery { query } = message else {
            return false;
        };
        head.method() == "HEAD" || !self.has_fields(query)
    }

    /// Whether a message's query has more than the name of the event.
    pub(super) fn has_fields(&self, query: &str) -> bool {
        let guards = &self.shared.guards;
        guards.has_fields(query, self.provider.event_location())
    }

    /// What the head says of which event the message is.
    fn event_name(
        &self,
        head: &Head<'_>,
        location: &Location,
        message: &AdmittedMessage,
        path_tokens: &[String],
    ) -> Option<String> {
        let stripped;
        let query = match message {
            AdmittedMessage::InQuery { query } => query,
            AdmittedMessage::InBody(_) => {
                let query = head.query().unwrap_or_default();
                stripped = self.shared.guards.message_query(query);
                stripped.as_deref().unwrap_or(query)
            }
        };
        // What authenticates is nobody's name.
        let path = strip_path(head.path(), path_tokens);
        let path = path.as_deref().unwrap_or(head.path());
        let head = head.with_query(query).with_path(path);
        location.read_text(&head).map(Into::into)
    }
}

/// Proof that a request's head passed every guard that needs no body.
#[must_use = "dropping it reports the request as cancelled"]
pub struct Admitted<E> {
    pub(super) endpoint: Endpoint<E>,
    // It is large, and goes from step to step.
    pub(super) outcome: Box<OutcomeGuard>,
    pub(super) received_at: SystemTime,
    pub(super) proofs: Proofs,
    pub(super) message: AdmittedMessage,
    pub(super) event_name: Option<String>,
    pub(super) path_tokens: Vec<String>,
}

/// Where the message of an admitted request is.
pub(super) enum AdmittedMessage {
    /// In the query, which is verified, and without what served as authentication.
    InQuery { query: String },
    /// In the body, or else in the query.
    InBody(BodyToRead),
}

/// What is known of a body before it is read.
pub(super) struct BodyToRead {
    /// Those over the body.
    pub(super) signatures: Vec<Presented>,
    pub(super) charset: Option<Charset>,
    pub(super) is_get: bool,
    /// A GET's query as it was received, if signatures may be over it.
    pub(super) signed_query: Option<String>,
    /// The message, where the body holds none.
    pub(super) query_fields: Option<String>,
}

impl AdmittedMessage {
    /// Whether a part of what authenticates the request is still to be checked, in its body.
    fn has_proofs_left(&self, guards: &Guards) -> bool {
        match self {
            Self::InQuery { .. } => false,
            Self::InBody(_) => guards.needs_body(),
        }
    }
}

/// A path without the segments that served as authentication, where it has any.
pub(super) fn strip_path(path: &str, tokens: &[String]) -> Option<String> {
    let is_token = |segment: &str| tokens.iter().any(|token| token == segment);
    let hide = |segment| {
        if is_token(segment) {
            HIDDEN_SEGMENT
        } else {
            segment
        }
    };
    path.split('/')
        .any(is_token)
        .then(|| path.split('/').map(hide).collect::<Vec<_>>().join("/"))
}

/// Replaces a segment that served as authentication.
const HIDDEN_SEGMENT: &str = "***";

impl<E> fmt::Debug for Admitted<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admitted")
            .field("endpoint", &self.endpoint)
            .field("proofs", &self.proofs)
            .finish_non_exhaustive()
    }
}
