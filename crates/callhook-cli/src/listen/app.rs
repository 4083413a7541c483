//! The routes, each with the layer that applications use.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use callhook::provider::{Message, Provider};
use callhook_tower::piopiy::Piopiy;
use callhook_tower::telecmi::Telecmi;
use callhook_tower::voipappz::Voipappz;
use callhook_tower::{CallEvent, Endpoint, Webhook, WebhookLayer};
use serde::Serialize;

use super::line::Seen;
use super::raw::Raw;
use super::tap::{self, Decode, Route, Tap, tap};
use crate::error::Error;
use crate::secret::Secret;

pub(super) fn app(token: Option<Secret>, tap: &Tap) -> Result<Router, Error> {
    let app = Router::new();
    let app = with_routes(app, "telecmi", || Telecmi, token.as_ref(), tap)?;
    let app = with_routes(app, "piopiy", || Piopiy, token.as_ref(), tap)?;
    let app = with_routes(
        app,
        "voipappz/{event}",
        Voipappz::path_segment,
        token.as_ref(),
        tap,
    )?;
    Ok(app.fallback(other_path).with_state(tap.clone()))
}

/// The short path, and the one that callhook's examples have.
fn with_routes<P>(
    app: Router<Tap>,
    path: &str,
    provider: impl Fn() -> P + Send + Sync + 'static,
    token: Option<&Secret>,
    of: &Tap,
) -> Result<Router<Tap>, Error>
where
    P: Provider,
    P::Event: CallEvent + Serialize + Send + Sync + 'static,
{
    let name = provider().name().to_owned();
    let builder = Endpoint::builder(provider());
    let builder = match token {
        Some(token) => builder.query_token(&*of.token_parameter, token.0.as_str()),
        None => builder.insecure_no_authentication(),
    };
    let builder = if of.forward.is_some() {
        builder.insecure_no_replay_protection()
    } else {
        builder
    };
    let endpoint = builder
        .build()
        .map_err(|error| Error::new(format!("--token: {error}")))?;
    let decode: Decode = Arc::new(move |raw: &Raw, uri: &Uri| decode(&provider(), raw, uri));
    let route = Route {
        tap: of.clone(),
        platform: name.into(),
        decode,
    };
    let service = any(show::<P::Event>)
        .layer(WebhookLayer::new(endpoint))
        .layer(from_fn_with_state(route, tap));
    Ok(app
        .route(&format!("/webhooks/{path}"), service.clone())
        .route(&format!("/{path}"), service))
}

/// The handler: what it was given is shown by `tap`, which has the answer too.
async fn show<E: CallEvent + Serialize>(call: Webhook<E>) -> Response {
    let delivery = call.replay_status().as_str();
    let mut response = StatusCode::OK.into_response();
    response
        .extensions_mut()
        .insert(Seen::of(call.event(), delivery));
    response
}

/// A copy, which the layer shows to no handler.
fn decode<P>(provider: &P, raw: &Raw, uri: &Uri) -> Option<Seen>
where
    P: Provider,
    P::Event: CallEvent + Serialize,
{
    let payload = raw.payload(uri, provider.reads_templates())?;
    let message = match (provider.event_location(), raw.last_segment()) {
        (Some(_), Some(event_name)) => Message::new(payload).with_event_name(event_name),
        _ => Message::new(payload),
    };
    let event = provider.decode(&message).ok()?;
    Some(Seen::of(&event, "replay"))
}

/// With a token's guard nothing is passed on that it has not seen.
async fn other_path(State(tap): State<Tap>, request: Request) -> Response {
    match &tap.forward {
        Some(forward) if !tap.is_guarded => tap::other_path(&tap, forward, request).await,
        _ => nothing_there(State(tap), request).await.into_response(),
    }
}

async fn nothing_there(State(tap): State<Tap>, request: Request) -> StatusCode {
    tap.journal.refused(
        "-",
        404,
        &format!(
            "nothing is at {}: the paths are /telecmi, /piopiy and /voipappz/EVENT",
            known_part(request.uri().path())
        ),
    );
    StatusCode::NOT_FOUND
}

/// A path without what could be a token or a name in it, of somebody who has not authenticated.
fn known_part(path: &str) -> String {
    const KNOWN: [&str; 4] = ["piopiy", "telecmi", "voipappz", "webhooks"];
    let mut known = String::new();
    for segment in path.trim_start_matches('/').split('/') {
        known.push('/');
        if !KNOWN.contains(&segment) {
            known.push_str(if segment.is_empty() { "" } else { ".." });
            break;
        }
        known.push_str(segment);
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_strangers_path_only_what_is_known_is_shown() {
        for (path, shown) in [
            ("/", "/"),
            ("/a-token-of-16-bytes-or-more", "/.."),
            ("/webhooks/telecmi/s3cret/telecmi", "/webhooks/telecmi/.."),
            ("/webhooks", "/webhooks"),
            ("//webhooks/s3cret", "/webhooks/.."),
        ] {
            assert_eq!(known_part(path), shown, "{path}");
        }
    }
}
