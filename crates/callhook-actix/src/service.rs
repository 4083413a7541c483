//! The service: the core's steps around a call of the inner service.

use std::fmt;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage as _;
use actix_web::body::EitherBody;
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse};
use actix_web::rt::time::sleep;
use actix_web::web::Bytes;
use callhook::{Claimed, Delivery, Endpoint, InnerBody, Reply};

use crate::detach::detach;
use crate::future::ResponseFuture;
use crate::guarded_rejection::GuardedWebhookRejection;
use crate::request;
use crate::respond::respond;
use crate::unread::Unread;
use crate::verify::verify;

/// What [`WebhookMiddleware`](crate::WebhookMiddleware) makes of a service.
pub struct WebhookService<S, E>(Rc<Shared<S, E>>);

/// What a request keeps of the service.
struct Shared<S, E> {
    inner: S,
    endpoint: Endpoint<E>,
    is_detached: bool,
}

impl<S, E> WebhookService<S, E> {
    pub(crate) fn new(inner: S, endpoint: Endpoint<E>, is_detached: bool) -> Self {
        Self(Rc::new(Shared {
            inner,
            endpoint,
            is_detached,
        }))
    }
}

impl<S, E, B> Service<ServiceRequest> for WebhookService<S, E>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>> + 'static,
    S::Error: From<GuardedWebhookRejection>,
    E: 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = S::Error;
    type Future = ResponseFuture<B, S::Error>;

    /// The inner service's readiness, which a worker asks for before it takes connections. A request reserves nothing
    /// by it, so it is not asked again once the body is there: actix has `call` work without, and a service that is not
    /// ready keeps only one task to wake.
    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        ResponseFuture::new(serve(&self.0, request))
    }
}

/// Not an `async fn`: that has room for its arguments twice, as they came and as they are used. The whole future should
/// stay below 1 KiB, beyond which allocators are several times slower.
fn serve<S, E, B>(
    shared: &Rc<Shared<S, E>>,
    mut request: ServiceRequest,
) -> impl Future<Output = Result<ServiceResponse<EitherBody<B>>, S::Error>> + use<S, E, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>> + 'static,
    S::Error: From<GuardedWebhookRejection>,
    E: 'static,
    B: 'static,
{
    let shared = Rc::clone(shared);
    async move {
        let (received, payload) = request.parts_mut();
        let verified = match verify(&shared.endpoint, received, payload).await {
            Ok(verified) => verified,
            Err(reply) => return Ok(instead(request, &reply)),
        };

        request::strip(&mut request, &verified);
        let mut unread = Unread::none();
        let body = match verified.body() {
            InnerBody::Unchanged(body) => body,
            InnerBody::Stripped(body) => {
                request::set_length(&mut request, body.len());
                body
            }
            InnerBody::Empty => {
                request::forget_body(&mut request);
                unread = Unread::new(request.take_payload());
                Bytes::new()
            }
        };
        let (delivery, claimed) = match verified.claim().await {
            Ok(unsettled) => unsettled.into_parts(),
            Err(reply) => {
                let response = respond(&reply, &unread);
                return Ok(request.into_response(response).map_into_right_body());
            }
        };
        request.set_payload(if body.is_empty() {
            Payload::None
        } else {
            body.into()
        });
        request.extensions_mut().insert::<Delivery<E>>(delivery);
        let answer = if shared.is_detached || claimed.has_fallback() {
            // Boxed: most messages need no space for it in their futures.
            let is_detached = shared.is_detached;
            let handler = async move { shared.inner.call(request).await };
            Box::pin(handle(handler, claimed, is_detached)).await
        } else {
            claimed
                .answer(shared.inner.call(request), status, sleep)
                .await
        };
        match answer {
            Ok(answer) => {
                let mut response = answer?;
                unread.go_with(response.response_mut());
                Ok(response.map_into_left_body())
            }
            // The request, which an `Ok` needs, was the handler's. Actix makes the response of the error.
            Err(reply) => Err(GuardedWebhookRejection::answered(reply, unread).into()),
        }
    }
}

/// Runs a handler that may outlive its request or be replaced by its fallback, and settles the message by its answer.
async fn handle<B, X>(
    handler: impl Future<Output = Result<ServiceResponse<B>, X>> + 'static,
    claimed: Claimed,
    is_detached: bool,
) -> Result<Result<ServiceResponse<B>, X>, Reply>
where
    B: 'static,
    X: 'static,
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

fn status<B>(response: &ServiceResponse<B>) -> u16 {
    response.status().as_u16()
}

/// The answer in place of the inner service's.
fn instead<B>(mut request: ServiceRequest, reply: &Reply) -> ServiceResponse<EitherBody<B>> {
    let body = Unread::new(request.take_payload());
    let response = respond(reply, &body);
    request.into_response(response).map_into_right_body()
}

impl<S: fmt::Debug, E> fmt::Debug for WebhookService<S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookService")
            .field("inner", &self.0.inner)
            .field("endpoint", &self.0.endpoint)
            .field("is_detached", &self.0.is_detached)
            .finish()
    }
}
