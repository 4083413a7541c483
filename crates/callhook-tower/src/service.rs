//! The service: the core's steps around a call of the inner service.

use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll};

use bytes::Bytes;
use callhook::{Claimed, Delivery, Endpoint, HandlerOutcome};
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::detach::detach;
use crate::future::ResponseFuture;
use crate::respond::respond;
use crate::verify::verify;

/// In the extensions of each request that a layer let pass, whatever its event type.
#[derive(Clone, Copy)]
pub(crate) struct Guarded;

/// What [`WebhookLayer`](crate::WebhookLayer) makes of a service.
pub struct WebhookService<S, E> {
    inner: S,
    endpoint: Endpoint<E>,
    is_detached: bool,
}

impl<S, E> WebhookService<S, E> {
    pub(crate) fn new(inner: S, endpoint: Endpoint<E>, is_detached: bool) -> Self {
        Self {
            inner,
            endpoint,
            is_detached,
        }
    }
}

impl<S, E, ReqBody, ResBody> Service<Request<ReqBody>> for WebhookService<S, E>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    E: Send + Sync + 'static,
    ReqBody: Body + From<Bytes> + Send + 'static,
    ReqBody::Data: Send,
    ResBody: Default + Send + 'static,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = ResponseFuture<ResBody, S::Error>;

    /// Always ready: the inner service is made ready for the messages that get so far.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        // The clone is made ready before it is called; the original stays for the next request, ready or not.
        let inner = self.inner.clone();
        ResponseFuture::new(serve(
            self.endpoint.clone(),
            inner,
            request,
            self.is_detached,
        ))
    }
}

async fn serve<S, E, ReqBody, ResBody>(
    endpoint: Endpoint<E>,
    mut inner: S,
    request: Request<ReqBody>,
    is_detached: bool,
) -> Result<Response<ResBody>, S::Error>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    E: Send + Sync + 'static,
    ReqBody: Body + From<Bytes> + Send + 'static,
    ResBody: Default + Send + 'static,
{
    let (mut parts, body) = request.into_parts();
    let (verified, body) = match verify(&endpoint, &mut parts, body).await {
        Ok(verified) => verified,
        Err(reply) => return Ok(respond(reply)),
    };
    // Ready before the claim: a claim that waits for a place would use up its lease.
    poll_fn(|context| inner.poll_ready(context)).await?;
    let (delivery, claimed) = match verified.claim().await {
        Ok(unsettled) => unsettled.into_parts(),
        Err(reply) => return Ok(respond(reply)),
    };
    parts.extensions.insert::<Delivery<E>>(delivery);
    parts.extensions.insert(Guarded);
    let handling = handle(inner, Request::from_parts(parts, body.into()), claimed);
    if is_detached {
        detach(handling).await
    } else {
        handling.await
    }
}

/// Calls the inner service, and settles the message by its answer.
async fn handle<S, ReqBody, ResBody>(
    mut inner: S,
    request: Request<ReqBody>,
    claimed: Claimed,
) -> Result<Response<ResBody>, S::Error>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
{
    let response = inner.call(request).await;
    let status = response.as_ref().map(|response| response.status().as_u16());
    let outcome = HandlerOutcome::from(status);
    claimed.settle(outcome).await;
    response
}

impl<S: Clone, E> Clone for WebhookService<S, E> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            endpoint: self.endpoint.clone(),
            is_detached: self.is_detached,
        }
    }
}

impl<S: fmt::Debug, E> fmt::Debug for WebhookService<S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookService")
            .field("inner", &self.inner)
            .field("endpoint", &self.endpoint)
            .field("is_detached", &self.is_detached)
            .finish()
    }
}
