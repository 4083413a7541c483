//! The suite that every adapter passes, with the layer and the extractor set up for it.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRef, OriginalUri, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodRouter, any};
use callhook_test_support::conformance::{Adapter, App, Mount};
use callhook_test_support::{Received, Server as Served, conformance};
use callhook_tower::telecmi::Event;
use callhook_tower::{Endpoint, GuardedWebhook, Rejection, Webhook, WebhookLayer};

use crate::support::{Server, TestHandler, router};

conformance!(Tower);

/// The layer and the extractor in an axum app.
pub(crate) struct Tower;

impl Adapter for Tower {
    const DROPS_AT_FIN: bool = true;
    const SAYS_CLOSE: bool = false;

    async fn serve(&self, app: App) -> Served {
        serve(&app, |inside| inside, |around| around).await
    }

    fn printed(&self, endpoint: Endpoint<Event>) -> String {
        let layer = WebhookLayer::new(endpoint.clone());
        let app = router(endpoint, &TestHandler::default());
        format!("{layer:?} {layer:#?} {app:?}")
    }
}

/// What the handlers' routes hold.
#[derive(Clone)]
pub(crate) struct Shared {
    endpoint: Endpoint<Event>,
    handler: TestHandler,
}

impl FromRef<Shared> for Endpoint<Event> {
    fn from_ref(shared: &Shared) -> Self {
        shared.endpoint.clone()
    }
}

impl FromRef<Shared> for TestHandler {
    fn from_ref(shared: &Shared) -> Self {
        shared.handler.clone()
    }
}

/// Serves the app with something inside of the layer, and something around it.
pub(crate) async fn serve(
    app: &App,
    inside: impl FnOnce(MethodRouter<Shared>) -> MethodRouter<Shared>,
    around: impl FnOnce(Router) -> Router,
) -> Served {
    let layer = WebhookLayer::new(app.endpoint.clone());
    let route = match app.mount {
        Mount::Layered => inside(any(on_call)).layer(layer),
        Mount::Detached => inside(any(on_call)).layer(layer.detached()),
        Mount::GuardedWebhook => inside(any(process)),
        Mount::Unprocessed => inside(any(ignore)),
    };
    let mut router = Router::new().route(app.path, route).with_state(Shared {
        endpoint: app.endpoint.clone(),
        handler: app.handler.clone(),
    });
    if !app.prefix.is_empty() {
        router = Router::new().nest(app.prefix, router);
    }
    let refusals = app.refusals.clone();
    let note = from_fn(move |request: Request, next: Next| {
        let refusals = refusals.clone();
        async move {
            let response = next.run(request).await;
            let rejection = response.extensions().get::<Rejection>();
            refusals.note(rejection, format!("{response:?}"));
            response
        }
    });
    Server::start(around(router).layer(note)).await.into_inner()
}

async fn on_call(
    State(handler): State<TestHandler>,
    OriginalUri(original): OriginalUri,
    uri: Uri,
    headers: HeaderMap,
    call: Webhook<Event>,
    body: Bytes,
) -> axum::http::Response<String> {
    let text = headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.to_string(), value.into_owned())
    });
    handler.receive(Received {
        urls: vec![original.to_string(), uri.to_string()],
        headers: text.collect(),
        body: body.to_vec(),
        printed: format!("{original:?} {uri:?} {headers:?} {body:?}"),
    });
    handler.handle(&call).await
}

/// The handler's answer, from 400 on as an error.
async fn process(
    State(handler): State<TestHandler>,
    message: GuardedWebhook<Event>,
) -> Result<Response, (StatusCode, HeaderMap, String)> {
    message
        .process(async |delivery| {
            let response = handler.handle(&delivery).await;
            if response.status().as_u16() < 400 {
                return Ok(response);
            }
            let (parts, body) = response.into_parts();
            Err((parts.status, parts.headers, body))
        })
        .await
}

async fn ignore(_: GuardedWebhook<Event>) -> StatusCode {
    StatusCode::NO_CONTENT
}
