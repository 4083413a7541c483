//! The middleware.

use std::fmt;
use std::future::{Ready, ready};

use actix_web::HttpRequest;
use actix_web::body::EitherBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use callhook::Endpoint;
use callhook::source::Explanation;

use crate::guarded_rejection::GuardedWebhookRejection;
use crate::request::{self, Lines};
use crate::service::WebhookService;

/// Puts an [`Endpoint`] in front of a service. The [crate's documentation](crate) has the rules.
///
/// Wrap the webhook's own resource in it: on a whole `App` it would guard every other route too.
#[must_use = "a middleware guards nothing until it wraps a resource: .wrap(..)"]
pub struct WebhookMiddleware<E> {
    endpoint: Endpoint<E>,
    is_detached: bool,
}

impl<E> WebhookMiddleware<E> {
    /// A middleware for this endpoint, which has to be a clone of one that was built outside `HttpServer::new(..)`: a
    /// worker with an endpoint of its own would not know which messages the others have handled.
    pub fn new(endpoint: Endpoint<E>) -> Self {
        Self {
            endpoint,
            is_detached: false,
        }
    }

    /// Once the inner service has a message, lets it finish in a task of its own on the worker's thread even if the
    /// sender hangs up: its answer still settles the message. Use it for senders that give up before the handler is
    /// done, so that each retry would start the handler again.
    ///
    /// This is not the default, because nothing outside can then end a handler: a timeout around this middleware
    /// answers but doesn't stop it, and a handler that never ends is never dropped. Put a timeout inside. A worker that
    /// shuts down waits for its connections and not for such a task: it is dropped with the worker, and its message
    /// released.
    pub fn detached(mut self) -> Self {
        self.is_detached = true;
        self
    }

    /// How the endpoint reads where a request comes from: see [`Endpoint::explain`].
    #[must_use]
    pub fn explain(&self, request: &HttpRequest) -> Explanation
    where
        E: 'static,
    {
        let lines = Lines(request.headers());
        self.endpoint.explain(&request::head(request, &lines))
    }
}

impl<S, E, B> Transform<S, ServiceRequest> for WebhookMiddleware<E>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>> + 'static,
    S::Error: From<GuardedWebhookRejection>,
    E: 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = S::Error;
    type Transform = WebhookService<S, E>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        let service = WebhookService::new(inner, self.endpoint.clone(), self.is_detached);
        ready(Ok(service))
    }
}

impl<E> Clone for WebhookMiddleware<E> {
    fn clone(&self) -> Self {
        Self {
            endpoint: self.endpoint.clone(),
            is_detached: self.is_detached,
        }
    }
}

impl<E> fmt::Debug for WebhookMiddleware<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookMiddleware")
            .field("endpoint", &self.endpoint)
            .field("is_detached", &self.is_detached)
            .finish()
    }
}
