//! What is answered where the handler is not called.

use std::fmt;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use callhook::provider::event_type;
use callhook::{Rejection, Reply};

use crate::respond::respond;
use crate::unread::Unread;

/// What is answered instead of what a handler would: a refusal, a replay or a probe, and the fallback for a handler
/// that failed behind the middleware while its sender waited.
///
/// As a response it is what the middleware answers, with the [`Rejection`] in the response's extensions.
#[derive(Clone, Debug)]
pub struct GuardedWebhookRejection(GuardedCause);

#[derive(Clone, Debug)]
enum GuardedCause {
    Reply(Reply, Unread),
    MissingEndpoint { event: &'static str },
}

impl GuardedWebhookRejection {
    pub(crate) fn reply(reply: Reply, body: Payload) -> Self {
        Self(GuardedCause::Reply(reply, Unread::new(body)))
    }

    pub(crate) fn answered(reply: Reply, body: Unread) -> Self {
        Self(GuardedCause::Reply(reply, body))
    }

    pub(crate) fn missing_endpoint<E>() -> Self {
        Self(GuardedCause::MissingEndpoint {
            event: event_type::<E>(),
        })
    }

    /// The refusal, if it is one.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection> {
        match &self.0 {
            GuardedCause::Reply(reply, _) => reply.rejection(),
            GuardedCause::MissingEndpoint { .. } => None,
        }
    }
}

impl fmt::Display for GuardedWebhookRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            GuardedCause::Reply(reply, _) => reply.fmt(f),
            GuardedCause::MissingEndpoint { event } => write!(
                f,
                "the handler takes GuardedWebhook<{event}>, and there is no Endpoint for that event: add \
                 .app_data(endpoint.clone()) to the resource"
            ),
        }
    }
}

impl std::error::Error for GuardedWebhookRejection {}

impl ResponseError for GuardedWebhookRejection {
    fn status_code(&self) -> StatusCode {
        let GuardedCause::Reply(reply, _) = &self.0 else {
            return StatusCode::INTERNAL_SERVER_ERROR;
        };
        StatusCode::from_u16(reply.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Where the endpoint is missing: 500 with an empty body, and the cause is logged.
    fn error_response(&self) -> HttpResponse {
        match &self.0 {
            GuardedCause::Reply(reply, body) => respond(reply, body),
            GuardedCause::MissingEndpoint { .. } => {
                tracing::error!(target: callhook::observe::TARGET, "{self}");
                HttpResponse::new(self.status_code())
            }
        }
    }
}
