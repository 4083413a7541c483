//! What can be sent to and shared with other threads.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use callhook_tower::telecmi::Event;
use callhook_tower::{
    MissingLayer, PeerAddr, ResponseFuture, Webhook, WebhookLayer, WebhookService,
};
use http_body_util::Full;
use tower::util::BoxCloneService;
use tower::{Layer, Service, ServiceExt};

use crate::support::{cdr, endpoint, post_request, within};

#[test]
fn the_layer_and_the_service_are_send_sync_and_clone_whatever_the_body_is() {
    fn is_shared<T: Clone + Send + Sync + Unpin + 'static>(_: &T) {}

    let layer = WebhookLayer::new(endpoint());
    is_shared(&layer);
    // `axum::body::Body` is not `Sync`; it must not make the service so.
    let service: WebhookService<_, Event> = layer.layer(tower::service_fn(|_: Request| async {
        Ok::<_, Infallible>(StatusCode::OK.into_response())
    }));
    is_shared(&service);
}

#[test]
fn the_future_is_send_and_unpin() {
    fn is_send<T: Send + Unpin + 'static>() {}
    fn sends<S: Service<R>, R>(_: &S)
    where
        S::Future: Send + Unpin + 'static,
    {
    }

    is_send::<ResponseFuture<Body, Infallible>>();
    is_send::<ResponseFuture<Full<Bytes>, Box<dyn std::error::Error + Send + Sync>>>();
    let service = WebhookLayer::new(endpoint()).layer(tower::service_fn(|_: Request| async {
        Ok::<_, Infallible>(StatusCode::OK.into_response())
    }));
    sends::<_, Request>(&service);
}

#[test]
fn what_handlers_and_other_servers_hold_is_send_sync_and_clone() {
    fn is_shared<T: Clone + std::fmt::Debug + Send + Sync + 'static>() {}

    is_shared::<Webhook<Event>>();
    is_shared::<MissingLayer>();
    is_shared::<PeerAddr>();
}

#[tokio::test]
async fn an_inner_service_that_is_not_sync_will_do() {
    // `BoxCloneService` is `Send` and not `Sync`.
    let inner: BoxCloneService<Request, Response, Infallible> =
        tower::service_fn(|_: Request| async { Ok(StatusCode::OK.into_response()) }).boxed_clone();
    let service = WebhookLayer::new(endpoint()).layer(inner);

    let response = within("an answer", service.oneshot(post_request(cdr("1")))).await;

    let response = response.unwrap_or_else(|never| match never {});
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn bodies_of_other_frameworks_will_do() {
    // `Full` is what plain `hyper` services use: no part of axum is needed.
    let inner = tower::service_fn(|_: axum::http::Request<Full<Bytes>>| async {
        Ok::<_, Infallible>(axum::http::Response::new(Full::<Bytes>::default()))
    });
    let service = WebhookLayer::new(endpoint()).layer(inner);
    let request = post_request(Body::empty()).map(|_| Full::from(cdr("1")));

    let response = within("an answer", service.oneshot(request)).await;

    let response = response.unwrap_or_else(|never| match never {});
    assert_eq!(response.status(), StatusCode::OK);
}
