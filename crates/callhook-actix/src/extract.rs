//! The extractor behind the middleware.

use std::fmt;
use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, ResponseError};
use callhook::Delivery;
use callhook::provider::event_type;

/// The message that [`WebhookMiddleware`](crate::WebhookMiddleware) let pass, for a handler. Derefs to [`Delivery`].
///
/// ```
/// use callhook_actix::{Webhook, telecmi::Event};
///
/// async fn on_call(call: Webhook<Event>) -> &'static str {
///     println!("{} as {}", call.event().kind(), call.replay_status().as_str());
///     "thanks"
/// }
/// ```
///
/// To answer a request that waits, return the reply by value:
///
/// ```
/// use callhook_actix::telecmi::{Event, flow::Reply};
/// use callhook_actix::{InvalidReply, Webhook};
///
/// async fn route(call: Webhook<Event>) -> Result<Reply, InvalidReply> {
///     Reply::ring([("101_1111112", "919000000001")]).waiting_music("hold.mp3").build()
/// }
/// # let _ = actix_web::web::to(route);
/// ```
///
/// `Webhook(delivery)` takes it apart: `async fn on_call(Webhook(delivery): Webhook<Event>)`.
///
/// Takes nothing out of the request: a handler can have the body as `web::Bytes` or `web::Json` too, in any order. But
/// a message that came in the query has no body, and `web::Json` fails for it.
///
/// Where the middleware is missing from the resource, or is one for another event type, the handler is not called: the
/// sender is answered 500, and the log says what to add. The message is not lost, because the sender sees a failure.
pub struct Webhook<E>(pub Delivery<E>);

impl<E> Webhook<E> {
    /// The delivery by value.
    ///
    /// The request keeps a clone in its extensions for as long as it lives, so [`Delivery::into_event`] gives this one
    /// back. [`GuardedWebhook`](crate::GuardedWebhook) keeps none.
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

impl<E: 'static> FromRequest for Webhook<E> {
    type Error = MissingMiddleware;
    type Future = Ready<Result<Self, MissingMiddleware>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let delivery = request.extensions().get::<Delivery<E>>().cloned();
        ready(delivery.map(Self).ok_or_else(|| MissingMiddleware {
            event: event_type::<E>(),
        }))
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

/// The resource has no [`WebhookMiddleware`](crate::WebhookMiddleware) for this event type.
#[derive(Clone, Debug)]
pub struct MissingMiddleware {
    event: &'static str,
}

impl fmt::Display for MissingMiddleware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the handler takes Webhook<{}>, and its resource has no WebhookMiddleware for that event: add \
             .wrap(WebhookMiddleware::new(endpoint.clone())) to the resource",
            self.event
        )
    }
}

impl std::error::Error for MissingMiddleware {}

impl ResponseError for MissingMiddleware {
    fn status_code(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }

    /// 500 with an empty body; the cause is logged.
    fn error_response(&self) -> HttpResponse {
        tracing::error!(target: callhook::observe::TARGET, "{self}");
        HttpResponse::new(self.status_code())
    }
}
