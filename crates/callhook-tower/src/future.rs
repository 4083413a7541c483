//! The service's future.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;

use crate::body::ResponseBody;

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The future of [`WebhookService`](crate::WebhookService). Dropping it at any time releases the message, unless its
/// handler has answered, or the layer is [detached](crate::WebhookLayer::detached) and has called it.
pub struct ResponseFuture<B, Error>(BoxFuture<Result<Response<ResponseBody<B>>, Error>>);

impl<B, Error> ResponseFuture<B, Error> {
    pub(crate) fn new(
        future: impl Future<Output = Result<Response<ResponseBody<B>>, Error>> + Send + 'static,
    ) -> Self {
        Self(Box::pin(future))
    }
}

impl<B, Error> Future for ResponseFuture<B, Error> {
    type Output = Result<Response<ResponseBody<B>>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<B, Error> fmt::Debug for ResponseFuture<B, Error> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
