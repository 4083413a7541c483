//! The suite that every adapter passes, with the middleware and the extractor set up for it.

use std::convert::Infallible;

use actix_web::dev::Service;
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Responder};
use callhook_actix::telecmi::Event;
use callhook_actix::{Endpoint, GuardedWebhook, Rejection, Webhook, WebhookMiddleware};
use callhook_test_support::conformance::{Adapter, App, Mount};
use callhook_test_support::{Received, Server as Served, conformance};

use crate::support::{Server, TestHandler, answer, respond};

conformance!(Actix);

/// The middleware and the extractor in an actix app.
struct Actix;

impl Adapter for Actix {
    /// Actix goes on for a sender that has only said that it sends no more.
    const DROPS_AT_FIN: bool = false;
    const SAYS_CLOSE: bool = true;

    async fn serve(&self, app: App) -> Served {
        let (prefix, path, mount) = (app.prefix, app.path, app.mount);
        let middleware = WebhookMiddleware::new(app.endpoint.clone());
        let configure = move |config: &mut ServiceConfig| {
            let resource = web::resource(path).app_data(app.endpoint.clone());
            let middleware = middleware.clone();
            match mount {
                Mount::Layered => config.service(resource.wrap(middleware).to(on_call)),
                Mount::Detached => config.service(resource.wrap(middleware.detached()).to(on_call)),
                Mount::GuardedWebhook => config.service(resource.to(process)),
                Mount::Unprocessed => config.service(resource.to(ignore)),
            };
        };
        let (refusals, handler) = (app.refusals, app.handler);
        let server = Server::with_workers(app.workers, move |config| {
            let refusals = refusals.clone();
            let noted = web::scope(prefix).wrap_fn(move |request, inner| {
                let refusals = refusals.clone();
                let response = inner.call(request);
                async move {
                    let response = response.await?;
                    let inner = response.response();
                    let printed = format!("{inner:?} {:?}", inner.error());
                    refusals.note(inner.extensions().get::<Rejection>(), printed);
                    Ok(response)
                }
            });
            let noted = noted.app_data(Data::new(handler.clone()));
            config.service(noted.configure(&configure));
        });
        server.into_inner()
    }

    fn printed(&self, endpoint: Endpoint<Event>) -> String {
        let middleware = WebhookMiddleware::new(endpoint);
        format!("{middleware:?} {middleware:#?}")
    }
}

async fn on_call(
    handler: Data<TestHandler>,
    call: Webhook<Event>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let headers = request.headers();
    let text = headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.to_string(), value.into_owned())
    });
    handler.receive(Received {
        urls: vec![request.uri().to_string()],
        headers: text.collect(),
        body: body.to_vec(),
        printed: format!("{} {request:?} {headers:?} {body:?}", request.uri()),
    });
    answer(handler, call).await
}

async fn process(
    handler: Data<TestHandler>,
    call: GuardedWebhook<Event>,
) -> Result<impl Responder, Infallible> {
    let handled = call.process(async |delivery| Ok(respond(handler.handle(&delivery).await)));
    handled.await
}

async fn ignore(_: GuardedWebhook<Event>) -> HttpResponse {
    HttpResponse::NoContent().finish()
}
