//! A phone menu, driven whole.

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRef, State};
use axum::http::{StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use callhook_test_support::conformance::Mount;
use callhook_test_support::ivr::{self, Ivr, IvrAdapter, IvrEvent};
use callhook_test_support::{Server as Served, ivr_conformance};
use callhook_tower::{
    Endpoint, GuardedWebhook, InvalidReply, OptionalReply, Webhook, WebhookLayer,
};

use crate::support::Server;

ivr_conformance!(Tower);

/// The layer and the extractor in an axum app.
struct Tower;

impl IvrAdapter for Tower {
    async fn serve_ivr<E: IvrEvent>(
        &self,
        endpoint: Endpoint<E>,
        ivr: Ivr,
        mount: Mount,
    ) -> Served {
        Server::start(router(endpoint, ivr, mount))
            .await
            .into_inner()
    }
}

struct Shared<E> {
    endpoint: Endpoint<E>,
    ivr: Ivr,
}

impl<E> Clone for Shared<E> {
    fn clone(&self) -> Self {
        Self {
            endpoint: self.endpoint.clone(),
            ivr: self.ivr.clone(),
        }
    }
}

impl<E> FromRef<Shared<E>> for Endpoint<E> {
    fn from_ref(shared: &Shared<E>) -> Self {
        shared.endpoint.clone()
    }
}

fn router<E: IvrEvent>(endpoint: Endpoint<E>, ivr: Ivr, mount: Mount) -> Router {
    let layer = WebhookLayer::new(endpoint.clone());
    let route = match mount {
        Mount::Layered => any(on_call::<E>).layer(layer),
        Mount::Detached => any(on_call::<E>).layer(layer.detached()),
        Mount::GuardedWebhook | Mount::Unprocessed => any(process::<E>),
    };
    Router::new()
        .route("/hook", route)
        .with_state(Shared { endpoint, ivr })
}

async fn on_call<E: IvrEvent>(
    State(shared): State<Shared<E>>,
    call: Webhook<E>,
) -> Result<OptionalReply<E::Reply>, InvalidReply> {
    shared.ivr.answer(&call).await
}

async fn process<E: IvrEvent>(
    State(shared): State<Shared<E>>,
    call: GuardedWebhook<E>,
) -> Result<impl IntoResponse, InvalidReply> {
    call.process(async |delivery| shared.ivr.answer(&delivery).await)
        .await
}

/// Changes what the platform is answered.
struct Faulty(fn(Response) -> Response);

impl IvrAdapter for Faulty {
    async fn serve_ivr<E: IvrEvent>(
        &self,
        endpoint: Endpoint<E>,
        ivr: Ivr,
        mount: Mount,
    ) -> Served {
        let change = self.0;
        let router = router(endpoint, ivr, mount);
        let router = router.layer(map_response(
            move |response| async move { change(response) },
        ));
        Server::start(router).await.into_inner()
    }
}

#[test]
fn the_suite_finds_out_an_adapter_that_loses_the_reply() {
    let all = ivr::failures(&Faulty(|response| response)).len();
    assert_eq!(all, 0, "without a fault all scenarios pass");
    let without_body = ivr::failures(&Faulty(|response| {
        let (parts, _) = response.into_parts();
        Response::from_parts(parts, Body::empty())
    }));
    assert!(without_body.len() >= 8, "{without_body:?}");
    let without_type = ivr::failures(&Faulty(|mut response| {
        response.headers_mut().remove(header::CONTENT_TYPE);
        response
    }));
    assert!(without_type.len() >= 8, "{without_type:?}");
    let hidden_failures = ivr::failures(&Faulty(|mut response| {
        if response.status().is_server_error() {
            *response.status_mut() = StatusCode::OK;
        }
        response
    }));
    let expected = ["a_handler_that_fails_or_panics_is_silence_without_a_fallback"];
    assert_eq!(hidden_failures, expected);
}
