//! The layer.

use std::fmt;

use callhook::Endpoint;
use http::Request;
use tower_layer::Layer;

use crate::request::{Line, Lines};
use crate::service::WebhookService;

/// Puts an [`Endpoint`] in front of a service. The [crate docs](crate) have the rules.
///
/// Put it on the webhook's own route: on a whole `Router` it would guard every other route too.
pub struct WebhookLayer<E> {
    endpoint: Endpoint<E>,
}

impl<E> WebhookLayer<E> {
    /// A layer for this endpoint.
    #[must_use]
    pub fn new(endpoint: Endpoint<E>) -> Self {
        Self { endpoint }
    }

    /// What the endpoint makes of where a request comes from, in words: see [`Endpoint::explain`].
    #[must_use]
    pub fn explain<B>(&self, request: &Request<B>) -> String
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
        WebhookService::new(inner, self.endpoint.clone())
    }
}

impl<E> Clone for WebhookLayer<E> {
    fn clone(&self) -> Self {
        Self {
            endpoint: self.endpoint.clone(),
        }
    }
}

impl<E> fmt::Debug for WebhookLayer<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookLayer")
            .field("endpoint", &self.endpoint)
            .finish()
    }
}
