//! The axum extractor.

use std::fmt;
use std::ops::Deref;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use callhook::Delivery;
use callhook::provider::event_type;
use http::StatusCode;
use http::request::Parts;

use crate::service::Guarded;

/// The message that [`WebhookLayer`](crate::WebhookLayer) let pass, for an axum handler. Derefs to [`Delivery`].
///
/// ```
/// use callhook_tower::{Webhook, telecmi::Event};
///
/// async fn on_call(call: Webhook<Event>) {
///     println!("{} as {}", call.event().kind(), call.replay_status().as_str());
/// }
/// ```
///
/// To answer a request that waits, return the reply by value:
///
/// ```
/// use callhook_tower::telecmi::{Event, flow::Reply};
/// use callhook_tower::{InvalidReply, Webhook};
///
/// async fn route(call: Webhook<Event>) -> Result<Reply, InvalidReply> {
///     Reply::ring([("101_1111112", "919000000001")]).waiting_music("hold.mp3").build()
/// }
/// # let _ = axum::routing::any::<_, _, ()>(route);
/// ```
///
/// `Webhook(delivery)` takes it apart: `async fn on_call(Webhook(delivery): Webhook<Event>)`.
///
/// An extractor of the body, such as `Json<_>`, beside this one fails for a message that came in the query: use
/// [`event`](Delivery::event) or [`raw`](Delivery::raw).
///
/// Where the layer is missing from the route, or is one for another event type, the handler is not called: the sender
/// is answered 500, and the log says what to add. The message is not lost, because the sender sees a failure.
///
/// A handler that serves guarded and other routes alike takes `Option<Webhook<Event>>`: `None` where no layer of
/// callhook's is on the route. A layer for another event type is a mistake there too, and answered 500.
pub struct Webhook<E>(pub Delivery<E>);

impl<E> Webhook<E> {
    /// The delivery by value.
    #[must_use]
    pub fn into_delivery(self) -> Delivery<E> {
        self.0
    }
}

impl<E> Deref for Webhook<E> {
    type Target = Delivery<E>;

    fn deref(&self) -> &Delivery<E> {
        &self.0
    }
}

impl<S, E> FromRequestParts<S> for Webhook<E>
where
    S: Sync,
    E: Send + Sync + 'static,
{
    type Rejection = MissingLayer;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingLayer> {
        parts
            .extensions
            .get::<Delivery<E>>()
            .map(|delivery| Self(delivery.clone()))
            .ok_or_else(|| MissingLayer {
                event: event_type::<E>(),
            })
    }
}

impl<S, E> OptionalFromRequestParts<S> for Webhook<E>
where
    S: Sync,
    E: Send + Sync + 'static,
{
    type Rejection = MissingLayer;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Option<Self>, MissingLayer> {
        if parts.extensions.get::<Guarded>().is_none() {
            return Ok(None);
        }
        <Self as FromRequestParts<S>>::from_request_parts(parts, state)
            .await
            .map(Some)
    }
}

impl<E> Clone for Webhook<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<E: fmt::Debug> fmt::Debug for Webhook<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Webhook").field(&self.0).finish()
    }
}

/// The route has no [`WebhookLayer`](crate::WebhookLayer) for this event type.
#[derive(Clone, Debug)]
pub struct MissingLayer {
    event: &'static str,
}

impl fmt::Display for MissingLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the handler takes Webhook<{}>, and its route has no WebhookLayer for that event: add \
             .layer(WebhookLayer::new(endpoint)) to the route",
            self.event
        )
    }
}

impl std::error::Error for MissingLayer {}

impl IntoResponse for MissingLayer {
    /// 500 with an empty body; the cause is logged.
    fn into_response(self) -> Response {
        tracing::error!(target: callhook::observe::TARGET, "{self}");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}
