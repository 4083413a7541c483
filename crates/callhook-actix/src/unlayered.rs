//! The extractor that works without the middleware.

use std::fmt;
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::rt::time::sleep;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder, web};
use callhook::{Admission, Answer, Claimed, Delivery, Endpoint, Handled, Verdict};

use crate::future::BoxFuture;
use crate::read::open;
use crate::request::{self, Lines};
use crate::unhandled::Unhandled;

/// A message, guarded, read and claimed by the extractor itself, for a handler whose resource has no
/// [`WebhookMiddleware`](crate::WebhookMiddleware). Derefs to [`Delivery`].
///
/// The endpoint is taken from the app data: `app_data(endpoint.clone())`, or `web::Data<Endpoint<E>>` where there is no
/// such. Put it on the resource where an app has several endpoints for one event type.
///
/// ```
/// use actix_web::{HttpResponse, Responder, web};
/// use callhook_actix::{Endpoint, Unlayered, telecmi::Event};
///
/// async fn on_call(call: Unlayered<Event>) -> Result<impl Responder, std::io::Error> {
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
/// 1. The handler has to call [`process`](Unsettled::process): what it answers in there settles the message. One that
///    doesn't has its message released, however it answers, and the log says so.
/// 2. What is not for the handler is answered as the middleware would, by the error [`Unhandled`].
/// 3. It takes the body: no other extractor of the handler can have it. [`Delivery::raw`] has the bytes.
/// 4. An extractor can't change the request: the URL that the handler sees still has its tokens in it, and headers that
///    served as authentication are printed with the others. Take the middleware where that matters.
pub struct Unlayered<E>(pub Unsettled<E>);

impl<E> Unlayered<E> {
    /// The delivery and its guard.
    pub fn into_inner(self) -> Unsettled<E> {
        self.0
    }

    /// Runs the handler and settles the message: see [`Unsettled::process`].
    ///
    /// # Errors
    ///
    /// The handler's.
    pub async fn process<F, R, Err>(self, handler: F) -> Result<HttpResponse<R::Body>, Err>
    where
        F: AsyncFnOnce(Delivery<E>) -> Result<R, Err>,
        R: Responder,
    {
        self.0.process(handler).await
    }
}

impl<E> Deref for Unlayered<E> {
    type Target = Delivery<E>;

    fn deref(&self) -> &Delivery<E> {
        &self.0
    }
}

impl<E: 'static> FromRequest for Unlayered<E> {
    type Error = Unhandled;
    type Future = BoxFuture<Result<Self, Unhandled>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Box::pin(extract(request.clone(), payload.take()))
    }
}

async fn extract<E: 'static>(
    request: HttpRequest,
    mut payload: Payload,
) -> Result<Unlayered<E>, Unhandled> {
    let endpoint = match request.app_data::<Endpoint<E>>() {
        Some(endpoint) => endpoint,
        None => match request.app_data::<web::Data<Endpoint<E>>>() {
            Some(endpoint) => endpoint.get_ref(),
            None => return Err(Unhandled::missing_endpoint::<E>()),
        },
    };
    match receive(endpoint, &request, &mut payload).await {
        Ok((delivery, claimed)) => Ok(Unlayered(Unsettled {
            delivery,
            guard: Guard(Some(claimed)),
            request,
        })),
        Err(answer) => Err(Unhandled::answer(answer, payload)),
    }
}

/// All steps up to the handler.
async fn receive<E: 'static>(
    endpoint: &Endpoint<E>,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<(Delivery<E>, Claimed), Answer> {
    let lines = Lines(request.headers());
    let head = request::head(request, &lines);
    let admitted = match endpoint.admit(&head, sleep).await? {
        Admission::Body(admitted) => admitted,
        Admission::Probe(answer) => return Err(answer),
    };
    match open(admitted, payload).await?.claim().await {
        Verdict::Handle(delivery, claimed) => Ok((delivery, claimed)),
        Verdict::Answer(answer) => Err(answer),
    }
}

impl<E: fmt::Debug> fmt::Debug for Unlayered<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unlayered").field(&self.0).finish()
    }
}

/// A delivery together with the guard that owns its lease. Derefs to [`Delivery`].
#[must_use = "dropping it releases the message: call `process`"]
pub struct Unsettled<E> {
    delivery: Delivery<E>,
    guard: Guard,
    request: HttpRequest,
}

impl<E> Unsettled<E> {
    /// Runs the handler, and settles the message by what it answers.
    ///
    /// What it returns as `Ok` is made into a response, whose status decides by the endpoint's rule: 2xx commits unless
    /// another rule was given. An `Err` releases, and is returned unchanged; so does dropping the future.
    ///
    /// # Errors
    ///
    /// The handler's.
    pub async fn process<F, R, Err>(self, handler: F) -> Result<HttpResponse<R::Body>, Err>
    where
        F: AsyncFnOnce(Delivery<E>) -> Result<R, Err>,
        R: Responder,
    {
        let Self {
            delivery,
            mut guard,
            request,
        } = self;
        let claimed = guard.0.take();
        let answer = handler(delivery).await;
        let response = answer.map(|answer| answer.respond_to(&request));
        let handled = match &response {
            Ok(response) => Handled::Status(response.status().as_u16()),
            Err(_) => Handled::Error,
        };
        if let Some(claimed) = claimed {
            claimed.settle(handled).await;
        }
        response
    }
}

impl<E> Deref for Unsettled<E> {
    type Target = Delivery<E>;

    fn deref(&self) -> &Delivery<E> {
        &self.delivery
    }
}

impl<E: fmt::Debug> fmt::Debug for Unsettled<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsettled")
            .field("delivery", &self.delivery)
            .finish_non_exhaustive()
    }
}

/// Notices that nobody processed a message.
struct Guard(Option<Claimed>);

impl Drop for Guard {
    fn drop(&mut self) {
        if self.0.is_some() {
            tracing::warn!(
                target: "callhook",
                "an Unsettled message is dropped and released: its handler did not call `process`, or was not reached"
            );
        }
    }
}
