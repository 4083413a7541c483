//! Peers that the server does not tell the layer of.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use callhook_tower::PeerAddr;

use crate::support::{TestHandler, builder, call, cdr, post_request, router};

#[tokio::test]
async fn a_peer_that_is_not_known_is_refused_by_an_allowlist() {
    let endpoint = || {
        builder()
            .allow(["192.0.2.7"])
            .build()
            .expect("a valid endpoint")
    };
    let inside = SocketAddr::from(([192, 0, 2, 7], 4000));
    let outside = SocketAddr::from(([192, 0, 2, 8], 4000));
    type Insert = fn(&mut Request, SocketAddr);
    let inserts: [Insert; 2] = [
        |request, peer| {
            request.extensions_mut().insert(ConnectInfo(peer));
        },
        |request, peer| {
            request.extensions_mut().insert(PeerAddr(peer));
        },
    ];

    let app = router(endpoint(), &TestHandler::default());
    let unknown = call(&app, post_request(cdr("1"))).await;
    assert_eq!(unknown.status(), StatusCode::FORBIDDEN);
    for insert in inserts {
        let app = router(endpoint(), &TestHandler::default());
        for (peer, status) in [(outside, 403), (inside, 204)] {
            let mut request = post_request(cdr("1"));
            insert(&mut request, peer);
            assert_eq!(call(&app, request).await.status().as_u16(), status);
        }
    }
}
