//! Steps 1 to 7: all that can be decided before the body.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::auth::{Presented, Proofs};
use crate::endpoint::Endpoint;
use crate::observe::{OutcomeGuard, OutcomeKind};
use crate::payload::form;
use crate::reply::{Rejection, Reply};
use crate::request::{Content, Head, Location};
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
        let is_open = shared.guards.is_open();
        let mut outcome = OutcomeGuard::new(&shared.reporter, client.address(), is_open);
        let checked = self.check_head(head, client, received_at, sleep, &mut outcome);
        let (proofs, message) = match checked.await {
            Ok(checked) => checked,
            Err(rejection) => return Err(outcome.refuse(rejection)),
        };
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
            outcome,
            received_at,
            proofs,
            message,
            event_name,
            path_tokens,
        })
    }

    /// Steps 1 to 6.
    async fn check_head<S: Future<Output = ()>>(
        &self,
        head: &Head<'_>,
        client: Client,
        received_at: SystemTime,
        sleep: impl FnOnce(Duration) -> S,
        outcome: &mut OutcomeGuard,
    ) -> Result<(Proofs, AdmittedMessage), Rejection> {
        let guards = &self.shared.guards;
        self.shared.limits.check_method(head)?;
        self.shared.source.check(client)?;
        if head.has_body() {
            self.shared.limits.check_declared_body(head)?;
        }
        let mut proofs = guards.check_own_tokens(head)?;
        guards.find_tenant(head, &mut proofs, sleep).await?;
        let signatures = guards.check_head(head, received_at, &mut proofs)?;

        let message = if head.has_body() {
            if guards.are_done_with_head() {
                proofs.check_tenant()?;
                outcome.authenticated();
            }
            AdmittedMessage::InBody { signatures }
        } else {
            let query = head.query().unwrap_or_default();
            guards.verify(&signatures, Content::Query(query), &mut proofs)?;
            let message = guards.message_query(query);
            let content = Content::Query(message.as_deref().unwrap_or(query));
            let rest = guards.check_content(content, &mut proofs)?;
            proofs.check_tenant()?;
            outcome.authenticated();
            let query = rest.or(message).unwrap_or_else(|| query.to_owned());
            AdmittedMessage::InQuery { query }
        };
        Ok((proofs, message))
    }

    /// Step 7: whether somebody only looks if there is a webhook here.
    fn is_probe(&self, head: &Head<'_>, message: &AdmittedMessage) -> bool {
        let AdmittedMessage::InQuery { query } = message else {
            return false;
        };
        let event = self.provider.event_location();
        let is_event_name = |pair: form::Pair<'_>| {
            let name = pair.name();
            name.is_ok_and(|name| event.is_some_and(|event| event.is_parameter(&name)))
        };
        head.method() == "HEAD" || form::pairs(query).all(is_event_name)
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
            AdmittedMessage::InBody { .. } => {
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
pub struct Admitted<E> {
    pub(super) endpoint: Endpoint<E>,
    pub(super) outcome: OutcomeGuard,
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
    /// In the body, over which these signatures are.
    InBody { signatures: Vec<Presented> },
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
