//! The axum extractor that works without a layer.

use std::fmt;

use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequest, Request};
use axum_core::response::{IntoResponse, Response};
use callhook::{Delivery, Endpoint, Rejection, Reply, Unsettled};
use tokio::time::sleep;

use crate::respond::respond;
use crate::verify::verify;

/// A message for an axum handler whose route has no [`WebhookLayer`](crate::WebhookLayer): guarded, read and claimed by
/// the endpoint in the router's state, as the layer does it.
///
/// The event is reached through [`process`](Self::process), so that no message is answered 200 because a handler forgot to
/// settle it:
///
/// ```
/// use axum::{Router, http::StatusCode, response::Response, routing::any};
/// use callhook_tower::{Endpoint, GuardedWebhook, telecmi::{Event, Telecmi}};
///
/// async fn on_call(call: GuardedWebhook<Event>) -> Result<Response, StatusCode> {
///     call.process(async |delivery| match delivery.event() {
///         Event::Cdr(cdr) if cdr.cmiuuid.is_empty() => Err(StatusCode::INTERNAL_SERVER_ERROR),
///         _ => Ok(StatusCode::NO_CONTENT),
///     })
///     .await
/// }
///
/// # fn app() -> Result<Router, callhook_tower::ConfigError> {
/// let endpoint = Endpoint::builder(Telecmi).query_token("token", "a token of 16 bytes or more").build()?;
/// let app = Router::new().route("/webhooks/telecmi", any(on_call)).with_state(endpoint);
/// # Ok(app)
/// # }
/// ```
///
/// 1. `Endpoint<E>` has to be the state, or a part of it: `FromRef`. Routes with different endpoints for one event type have
///    a state each: give each its own in a `Router` of its own, and [merge](axum::Router::merge) them.
/// 2. What the layer would answer without the handler is this extractor's rejection, [`GuardedWebhookRejection`].
/// 3. A message whose handler never calls `process` is released, and handled when it is sent again. The log has an error.
/// 4. Extractors before this one see the URL as it came, with its token.
#[must_use = "an unprocessed message is released when it is dropped: call process()"]
pub struct GuardedWebhook<E>(Unsettled<E>);

impl<E> GuardedWebhook<E> {
    /// Runs a handler, and settles the message by what it returns: an `Ok` by its status, by the endpoint's rule
    /// (2xx is success), an `Err` as a failure, whatever status it makes.
    ///
    /// A handler that fails while its sender waits for the answer is replaced by the endpoint's
    /// [fallback](callhook::EndpointBuilder::fallback), which is an `Ok`.
    ///
    /// # Errors
    ///
    /// The handler's own, unchanged.
    pub async fn process<R, X>(
        self,
        handler: impl AsyncFnOnce(Delivery<E>) -> Result<R, X>,
    ) -> Result<Response, X>
    where
        R: IntoResponse,
    {
        let respond = async |delivery| handler(delivery).await.map(IntoResponse::into_response);
        let status = |response: &Response| response.status().as_u16();
        match self.0.answer(respond, status, sleep).await {
            Ok(result) => result,
            Err(reply) => Ok(respond_with(reply)),
        }
    }

    /// The message and its guard, for a handler that settles it itself: [`Unsettled::into_parts`].
    pub fn into_inner(self) -> Unsettled<E> {
        self.0
    }
}

impl<S, E> FromRequest<S> for GuardedWebhook<E>
where
    S: Send + Sync,
    E: Send + Sync + 'static,
    Endpoint<E>: FromRef<S>,
{
    type Rejection = GuardedWebhookRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, GuardedWebhookRejection> {
        let endpoint = Endpoint::<E>::from_ref(state);
        let (mut parts, body) = request.into_parts();
        let (verified, _) = verify(&endpoint, &mut parts, body)
            .await
            .map_err(GuardedWebhookRejection)?;
        let unsettled = verified.claim().await.map_err(GuardedWebhookRejection)?;
        Ok(Self(unsettled))
    }
}

impl<E: fmt::Debug> fmt::Debug for GuardedWebhook<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GuardedWebhook").field(&self.0).finish()
    }
}

/// What is answered without the handler: a refusal, a replay, or a probe.
#[derive(Clone, Debug)]
pub struct GuardedWebhookRejection(Reply);

impl GuardedWebhookRejection {
    /// The refusal, if it is one.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection> {
        self.0.rejection()
    }
}

impl fmt::Display for GuardedWebhookRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for GuardedWebhookRejection {}

impl IntoResponse for GuardedWebhookRejection {
    /// As the layer answers.
    fn into_response(self) -> Response {
        respond_with(self.0)
    }
}

fn respond_with(reply: Reply) -> Response {
    respond(reply).map(Body::from)
}
