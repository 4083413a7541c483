//! The extractor that works without the middleware.

use std::fmt;

use actix_web::body::EitherBody;
use actix_web::dev::Payload;
use actix_web::rt::time::sleep;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder, web};
use callhook::{Delivery, Endpoint, Unsettled};

use crate::future::BoxFuture;
use crate::guarded_rejection::GuardedWebhookRejection;
use crate::respond::respond;
use crate::unread::Unread;
use crate::verify::verify;

/// A message, guarded, read and claimed by the extractor itself, for a handler whose resource has no
/// [`WebhookMiddleware`](crate::WebhookMiddleware). The event is reached through [`process`](Self::process), so that no
/// message is answered 200 because a handler forgot to settle it.
///
/// The endpoint is taken from the app data: `app_data(endpoint.clone())`, or `web::Data<Endpoint<E>>` where there is no
/// such. Put it on the resource where an app has several endpoints for one event type.
///
/// ```
/// use actix_web::{HttpResponse, Responder, web};
/// use callhook_actix::{Endpoint, GuardedWebhook, telecmi::Event};
///
/// async fn on_call(call: GuardedWebhook<Event>) -> Result<impl Responder, std::io::Error> {
///     call.process(async |delivery| {
///         println!("{}", delivery.event().kind());
///         Ok(HttpResponse::NoContent())
///     })
///     .await
/// }
///
/// # fn configure(app: &mut web::ServiceConfig, endpoint: &Endpoint<Event>) {
/// app.service(web::resource("/webhooks/telecmi").app_data(endpoint.clone()).to(on_call));
/// # }
/// ```
///
/// 1. What the handler answers in `process` settles the message. A message whose handler never calls `process` is
///    released, whatever the handler answers, and handled when it is sent again. The log has an error.
/// 2. What is not for the handler is answered as the middleware would, by the error [`GuardedWebhookRejection`].
/// 3. It takes the body: no other extractor of the handler can have it. [`Delivery::raw`] has the bytes.
/// 4. An extractor can't change the request: the URL that the handler sees still has its tokens in it, and headers that
///    served as authentication are printed with the others. Take the middleware where that matters.
#[must_use = "an unprocessed message is released when it is dropped: call process()"]
pub struct GuardedWebhook<E> {
    unsettled: Unsettled<E>,
    request: HttpRequest,
}

impl<E> GuardedWebhook<E> {
    /// Runs a handler, and settles the message by what it returns: an `Ok` by its status, by the endpoint's rule
    /// (2xx is success), an `Err` as a failure, whatever status it makes. Dropping the future releases it too.
    ///
    /// A handler that fails while its sender waits for the answer is replaced by the endpoint's
    /// [fallback](callhook::EndpointBuilder::fallback), which is an `Ok`.
    ///
    /// # Errors
    ///
    /// The handler's own, unchanged.
    pub async fn process<R, X>(
        self,
        handler: impl AsyncFnOnce(Delivery<E>) -> Result<R, X>,
    ) -> Result<HttpResponse<EitherBody<R::Body>>, X>
    where
        R: Responder,
    {
        let Self { unsettled, request } = self;
        let answer = async |delivery| {
            let answer = handler(delivery).await?;
            Ok(answer.respond_to(&request))
        };
        let status = |response: &HttpResponse<R::Body>| response.status().as_u16();
        match unsettled.answer(answer, status, sleep).await {
            Ok(result) => result.map(HttpResponse::map_into_left_body),
            Err(reply) => {
                let response = respond(&reply, &Unread::none());
                Ok(response.map_into_right_body())
            }
        }
    }

    /// The message and its guard, for a handler that settles it itself: [`Unsettled::into_parts`].
    pub fn into_inner(self) -> Unsettled<E> {
        self.unsettled
    }
}

impl<E: 'static> FromRequest for GuardedWebhook<E> {
    type Error = GuardedWebhookRejection;
    type Future = BoxFuture<Result<Self, GuardedWebhookRejection>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Box::pin(extract(request.clone(), payload.take()))
    }
}

async fn extract<E: 'static>(
    request: HttpRequest,
    mut payload: Payload,
) -> Result<GuardedWebhook<E>, GuardedWebhookRejection> {
    let endpoint = match request.app_data::<Endpoint<E>>() {
        Some(endpoint) => endpoint,
        None => match request.app_data::<web::Data<Endpoint<E>>>() {
            Some(endpoint) => endpoint.get_ref(),
            None => return Err(GuardedWebhookRejection::missing_endpoint::<E>()),
        },
    };
    let claimed = match verify(endpoint, &request, &mut payload).await {
        Ok(verified) => verified.claim().await,
        Err(reply) => Err(reply),
    };
    match claimed {
        Ok(unsettled) => Ok(GuardedWebhook { unsettled, request }),
        Err(reply) => Err(GuardedWebhookRejection::reply(reply, payload)),
    }
}

impl<E: fmt::Debug> fmt::Debug for GuardedWebhook<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedWebhook")
            .field("unsettled", &self.unsettled)
            .finish_non_exhaustive()
    }
}
