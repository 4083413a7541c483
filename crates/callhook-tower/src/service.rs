//! The service: the core's steps around a call of the inner service.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use callhook::{Claimed, Delivery, Endpoint, Reply, Unsettled, Verified};
use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use tokio::time::sleep;
use tower_service::Service;

use crate::body::ResponseBody;
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
    endpoint: Arc<Endpoint<E>>,
    is_detached: bool,
}

impl<S, E> WebhookService<S, E> {
    pub(crate) fn new(inner: S, endpoint: Endpoint<E>, is_detached: bool) -> Self {
        Self {
            inner,
            endpoint: Arc::new(endpoint),
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
    ResBody: Send + 'static,
{
    type Response = Response<ResponseBody<ResBody>>;
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
            Arc::clone(&self.endpoint),
            inner,
            request,
            self.is_detached,
        ))
    }
}

/// Not an `async fn`: that has room for its arguments twice, as they came and as they are used. The whole future should
/// stay below 1 KiB, beyond which allocators are several times slower.
fn serve<S, E, ReqBody, ResBody>(
    endpoint: Arc<Endpoint<E>>,
    mut inner: S,
    request: Request<ReqBody>,
    is_detached: bool,
) -> impl Future<Output = Result<Response<ResponseBody<ResBody>>, S::Error>> + Send + 'static
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    E: Send + Sync + 'static,
    ReqBody: Body + From<Bytes> + Send + 'static,
    ReqBody::Data: Send,
    ResBody: Send + 'static,
{
    let (mut parts, body) = request.into_parts();
    async move {
        let begun = begin(&endpoint, &mut inner, &mut parts, body);
        let (delivery, claimed, body) = match begun.await? {
            Ok(begun) => begun,
            Err(reply) => return Ok(instead(reply)),
        };
        parts.extensions.insert::<Delivery<E>>(delivery);
        parts.extensions.insert(Guarded);
        let request = Request::from_parts(parts, body.into());
        let has_fallback = claimed.has_fallback();
        let answer = if has_fallback || is_detached {
            let handler = async move {
                if has_fallback {
                    poll_fn(|context| inner.poll_ready(context)).await?;
                }
                inner.call(request).await
            };
            Box::pin(handle(handler, claimed, is_detached)).await
        } else {
            let handler = Box::pin(inner.call(request));
            claimed.answer(handler, status, sleep).await
        };
        match answer {
            Ok(answer) => answer.map(|response| response.map(ResponseBody::inner)),
            Err(reply) => Ok(instead(reply)),
        }
    }
}

/// A claimed message with the body to pass inwards, or what to answer instead.
type Begun<E> = Result<(Delivery<E>, Claimed, Bytes), Reply>;

/// All that comes before the handler.
async fn begin<S, E, ReqBody, B>(
    endpoint: &Endpoint<E>,
    inner: &mut S,
    parts: &mut Parts,
    body: B,
) -> Result<Begun<E>, S::Error>
where
    S: Service<Request<ReqBody>>,
    E: 'static,
    B: Body,
{
    let (verified, body) = match verify(endpoint, parts, body).await {
        Ok(verified) => verified,
        Err(reply) => return Ok(Err(reply)),
    };
    let claimed = claim(inner, verified).await?;
    Ok(claimed.map(|unsettled| {
        let (delivery, claimed) = unsettled.into_parts();
        (delivery, claimed, body)
    }))
}

/// Makes the inner service ready before the claim: a claim that waits for a place would use up its lease. What has a
/// fallback has no lease, and this wait is one of those that the fallback ends.
async fn claim<S, E, ReqBody>(
    inner: &mut S,
    verified: Verified<E>,
) -> Result<Result<Unsettled<E>, Reply>, S::Error>
where
    S: Service<Request<ReqBody>>,
{
    if !verified.has_fallback() {
        poll_fn(|context| inner.poll_ready(context)).await?;
    }
    Ok(verified.claim().await)
}

/// Runs a handler that may outlive its request or be replaced by its fallback, and settles the message by its answer.
async fn handle<B, X>(
    handler: impl Future<Output = Result<Response<B>, X>> + Send + 'static,
    claimed: Claimed,
    is_detached: bool,
) -> Result<Result<Response<B>, X>, Reply>
where
    B: Send + 'static,
    X: Send + 'static,
{
    match (is_detached, claimed.has_fallback()) {
        (false, _) => claimed.answer(handler, status, sleep).await,
        (true, false) => detach(claimed.answer(handler, status, sleep)).await,
        // A task of its own for the handler too, so that it outlives its fallback.
        (true, true) => {
            let handler = detach(claimed.counted(handler));
            detach(claimed.answer(handler, status, sleep)).await
        }
    }
}

fn status<B>(response: &Response<B>) -> u16 {
    response.status().as_u16()
}

/// The answer in place of the inner service's.
fn instead<B>(reply: Reply) -> Response<ResponseBody<B>> {
    respond(reply).map(ResponseBody::own)
}

impl<S: Clone, E> Clone for WebhookService<S, E> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            endpoint: Arc::clone(&self.endpoint),
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
