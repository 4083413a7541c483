//! The layer.

use std::fmt;

use callhook::Endpoint;
use callhook::source::Explanation;
use http::Request;
use tower_layer::Layer;

use crate::request::{Line, Lines};
use crate::service::WebhookService;

/// Puts an [`Endpoint`] in front of a service. The [crate docs](crate) have the rules.
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

    /// Runs the inner service to its end once it has a message, in a task of its own, though the sender hangs up: its
    /// answer settles the message all the same. For senders that give up sooner than
    /// the handler is done, so that each retry would start the handler again.
    ///
    /// Not the default, because then nothing outside can end a handler: a timeout around this layer answers without doing
    /// so, and a handler that never ends is never dropped. Put a timeout inside.
    pub fn detached(mut self) -> Self {
        self.is_detached = true;
        self
    }

    /// What the endpoint makes of where a request comes from: see [`Endpoint::explain`].
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
