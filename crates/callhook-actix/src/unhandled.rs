//! What is answered where the handler is not called.

use std::fmt;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use callhook::{Answer, Rejection};

use crate::respond::respond;
use crate::unread::Unread;

/// The handler is not called: what is answered instead, a refusal, a replay or a probe.
///
/// As a response it is what the middleware answers, with the [`Rejection`] in the response's extensions.
#[derive(Clone, Debug)]
pub struct Unhandled(Cause);

#[derive(Clone, Debug)]
enum Cause {
    Answer(Answer, Unread),
    MissingEndpoint { event: &'static str },
}

impl Unhandled {
    pub(crate) fn answer(answer: Answer, body: Payload) -> Self {
        Self(Cause::Answer(answer, Unread::new(body)))
    }

    pub(crate) fn missing_endpoint<E>() -> Self {
        Self(Cause::MissingEndpoint {
            event: std::any::type_name::<E>(),
        })
    }

    /// The refusal, if it is one.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection> {
        match &self.0 {
            Cause::Answer(answer, _) => answer.rejection(),
            Cause::MissingEndpoint { .. } => None,
        }
    }
}

impl fmt::Display for Unhandled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Answer(answer, _) => match answer.rejection() {
                Some(rejection) => rejection.fmt(f),
                None => write!(f, "answered {} without the handler", answer.status()),
            },
            Cause::MissingEndpoint { event } => write!(
                f,
                "the handler takes Unlayered<{event}>, and there is no Endpoint for that event: add \
                 .app_data(endpoint.clone()) to the resource"
            ),
        }
    }
}

impl std::error::Error for Unhandled {}

impl ResponseError for Unhandled {
    fn status_code(&self) -> StatusCode {
        let Cause::Answer(answer, _) = &self.0 else {
            return StatusCode::INTERNAL_SERVER_ERROR;
        };
        StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Where the endpoint is missing: 500 with an empty body, and the cause is logged.
    fn error_response(&self) -> HttpResponse {
        match &self.0 {
            Cause::Answer(answer, body) => respond(answer, body),
            Cause::MissingEndpoint { .. } => {
                tracing::error!(target: "callhook", "{self}");
                HttpResponse::new(self.status_code())
            }
        }
    }
}
