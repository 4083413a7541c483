//! The layer.

use std::fmt;

use callhook::Endpoint;
use callhook::source::Explanation;
use http::Request;
use tower_layer::Layer;

use crate::request::{Line, Lines};
use crate::service::WebhookService;

/// Puts an [`Endpoint`] in front of a service. The [crate's documentation](crate) has the rules.
///
/// Put it on the webhook's own route: on a whole `Router` it would guard every other route too.
#[must_use = "a layer guards nothing until it is added to a route: .layer(..)"]
pub struct WebhookLayer<E> {
    endpoint: Endpoint<E>,
    is_detached: bool,
}

impl<E> WebhookLayer<E> {
    /// A layer for this endpoint.
    pub fn new(endpoint: Endpoint<E>) -> Self {
        Self {
            endpoint,
            is_detached: false,
        }
    }

    /// Once the inner service has a message, lets it finish in a task of its own even if the sender hangs up: its
    /// answer still settles the message. Use it for senders that give up before the handler is done, so that each retry
    /// would start the handler again.
    ///
    /// This is not the default, because nothing outside can then end a handler: a timeout around this layer answers but
    /// doesn't stop it, and a handler that never ends is never dropped. Put a timeout inside.
    pub fn detached(mut self) -> Self {
        self.is_detached = true;
        self
    }

    /// How the endpoint reads where a request comes from: see [`Endpoint::explain`].
    #[must_use]
    pub fn explain<B>(&self, request: &Request<B>) -> Explanation
    where
        E: 'static,
    {
        let line = Line {
            method: request.method(),
            uri: request.uri(),
            extensions: request.extensions(),
        };
        self.endpoint.explain(&line.head(&Lines(request.headers())))
    }
}

impl<S, E> Layer<S> for WebhookLayer<E> {
    type Service = WebhookService<S, E>;

    fn layer(&self, inner: S) -> Self::Service {
        WebhookService::new(inner, self.endpoint.clone(), self.is_detached)
    }
}

impl<E> Clone for WebhookLayer<E> {
    fn clone(&self) -> Self {
        Self {
            endpoint: self.endpoint.clone(),
            is_detached: self.is_detached,
        }
    }
}

impl<E> fmt::Debug for WebhookLayer<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookLayer")
            .field("endpoint", &self.endpoint)
            .field("is_detached", &self.is_detached)
            .finish()
    }
}
