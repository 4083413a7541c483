//! What is around the layer: it sees each request as it came, and its answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{OriginalUri, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use callhook_tower::{Rejection, RejectionKind};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use super::forward::Forward;
use super::journal::Journal;
use super::line::Seen;
use super::raw::Raw;
use super::saving::{saved, without};

/// What all routes share.
#[derive(Clone)]
pub(super) struct Tap {
    pub(super) journal: Arc<Journal>,
    pub(super) forward: Option<Forward>,
    pub(super) token_parameter: Arc<str>,
    /// Whether the layer asks for it.
    pub(super) is_guarded: bool,
}

pub(super) type Decode = Arc<dyn Fn(&Raw, &Uri) -> Option<Seen> + Send + Sync>;

/// One platform's route.
#[derive(Clone)]
pub(super) struct Route {
    pub(super) tap: Tap,
    pub(super) platform: Arc<str>,
    pub(super) decode: Decode,
}

pub(super) async fn tap(State(route): State<Route>, request: Request, next: Next) -> Response {
    let Route {
        tap,
        platform,
        decode,
    } = route;
    let at = jiff::Timestamp::now();
    let (parts, body) = request.into_parts();
    let body = match read(body).await {
        Ok(body) => body,
        Err((status, why)) => {
            tap.journal.refused(&platform, status.as_u16(), why);
            return status.into_response();
        }
    };
    let raw = Raw {
        parts: parts.clone(),
        body: body.clone(),
    };
    let mut parts = parts;
    let shown = tap.without_token(&parts.uri);
    if !tap.is_guarded {
        // A token for the application behind is not a field of the message.
        parts.uri = shown.clone();
        parts.extensions.insert(OriginalUri(shown.clone()));
    }
    let mut response = next.run(Request::from_parts(parts, Body::from(body))).await;

    let rejection = response.extensions().get::<Rejection>().cloned();
    if let Some(rejection) = &rejection
        && rejection.kind() == RejectionKind::Unauthenticated
    {
        tap.journal
            .refused(&platform, rejection.status(), &rejection.to_string());
        return response;
    }
    let seen = response.extensions_mut().remove::<Seen>();
    let is_replay = response
        .headers()
        .get(callhook::OUTCOME_HEADER)
        .is_some_and(|outcome| outcome == "replay");
    let seen = seen.or_else(|| is_replay.then(|| decode(&raw, &shown)).flatten());
    tap.save(at, &raw);
    let mut note = rejection.map(|rejection| rejection.to_string());
    if let Some(forward) = &tap.forward {
        response = match forward.send(&raw).await {
            Ok(response) => response,
            Err(fault) => {
                note = Some(fault.to_string());
                StatusCode::BAD_GATEWAY.into_response()
            }
        };
    }
    let outcome = response.headers().get(callhook::OUTCOME_HEADER);
    let outcome = outcome.and_then(|outcome| outcome.to_str().ok());
    let answer = (response.status().as_u16(), outcome);
    let is_forwarded = tap.forward.is_some();
    tap.journal
        .came(at, &platform, seen, answer, is_forwarded, note.as_deref());
    response
}

async fn read(body: Body) -> Result<Bytes, (StatusCode, &'static str)> {
    let read = timeout(READ, Limited::new(body, MAX_BODY).collect()).await;
    match read {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err((
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body is larger than 256 KiB",
        )),
        Ok(Err(_)) => Err((StatusCode::BAD_REQUEST, "the body can't be read to its end")),
        Err(_) => Err((
            StatusCode::REQUEST_TIMEOUT,
            "the body took longer than 10 s",
        )),
    }
}

impl Tap {
    fn without_token(&self, uri: &Uri) -> Uri {
        let query = uri.query().unwrap_or_default();
        let target = match without(query, &self.token_parameter).as_str() {
            "" => uri.path().to_owned(),
            query => format!("{}?{query}", uri.path()),
        };
        // A part of what was read as a URL is one.
        target.parse().unwrap_or_default()
    }

    fn save(&self, at: jiff::Timestamp, raw: &Raw) {
        let content_type = raw.parts.headers.get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        self.journal.save(|| {
            saved(
                at,
                raw.parts.method.as_str(),
                raw.parts.uri.path(),
                raw.parts.uri.query(),
                &self.token_parameter,
                content_type.map(str::to_owned),
                &raw.body,
            )
        });
    }
}

/// As callhook's endpoints have them unless they are built otherwise.
const MAX_BODY: usize = 256 * 1024;
const READ: Duration = Duration::from_secs(10);
