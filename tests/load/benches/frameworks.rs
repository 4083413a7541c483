//! What callhook promises of its speed on axum and on actix-web: the router or the application called directly, with the
//! body in memory, beside the same route bare and by hand, turn by turn, in CPU time.
//!
//! `cargo bench -p callhook-load --bench frameworks`, and behind `--` a part of the names of those to measure. Sockets,
//! which cost more than all of it, are `callhook-load`'s.

#[path = "../../../crates/callhook/benches/common/mod.rs"]
mod common;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use actix_web::App;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::{TestRequest, init_service};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use bytes::{Bytes, BytesMut};
use callhook_by_hand::{SIGNATURE, TOKEN};
use callhook_load::app::{self, Hook, endpoint, receiver};
use callhook_load::kind::{Framework, Variant};
use callhook_load::message::{Requests, SECRET};
use tower::ServiceExt;

use self::common::paired::{Ratio, Step};
use self::common::promise::{is_asked, print, print_head};
use self::common::{filled, full_cache, now};

fn main() {
    // `cargo test` calls benches too: there is nothing to test here.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    print_head();
    // The runtime lends tasks only so much work before they have to wait; these don't wait.
    actix_web::rt::System::new().block_on(tokio::task::unconstrained(async {
        for row in ROWS {
            if is_asked(row.name) {
                print(row.name, row.promise, &compare(row).await);
            }
        }
    }));
}

struct Row {
    name: &'static str,
    framework: Framework,
    step: Variant,
    peer: Variant,
    memory: Memory,
    promise: Option<f64>,
}

/// How many messages store and cache have when it begins.
#[derive(Clone, Copy)]
enum Memory {
    Empty,
    /// A million, which is the capacity of both: the oldest goes with each new one.
    Full,
}

const ROWS: [Row; 12] = {
    use Framework::{Actix, Axum};
    use Memory::{Empty, Full};
    use Variant::{Bare, HandHmac, HandToken, HmacScheme, Token};

    const fn row(
        name: &'static str,
        framework: Framework,
        (step, peer): (Variant, Variant),
        memory: Memory,
        promise: Option<f64>,
    ) -> Row {
        Row {
            name,
            framework,
            step,
            peer,
            memory,
            promise,
        }
    }
    let (token, hmac) = ((Token, HandToken), (HmacScheme, HandHmac));
    [
        row(
            "axum, token of bare",
            Axum,
            (Token, Bare),
            Empty,
            Some(1.05),
        ),
        row("axum, token of by hand", Axum, token, Empty, Some(0.92)),
        row(
            "axum, token of by hand, 1 M stored",
            Axum,
            token,
            Full,
            Some(0.92),
        ),
        row("axum, HMAC of bare", Axum, (HmacScheme, Bare), Empty, None),
        row("axum, HMAC of by hand", Axum, hmac, Empty, None),
        row("axum, HMAC of by hand, 1 M stored", Axum, hmac, Full, None),
        row(
            "actix, token of bare",
            Actix,
            (Token, Bare),
            Empty,
            Some(1.2),
        ),
        row("actix, token of by hand", Actix, token, Empty, Some(0.82)),
        row(
            "actix, token of by hand, 1 M stored",
            Actix,
            token,
            Full,
            Some(0.82),
        ),
        row(
            "actix, HMAC of bare",
            Actix,
            (HmacScheme, Bare),
            Empty,
            None,
        ),
        row("actix, HMAC of by hand", Actix, hmac, Empty, None),
        row(
            "actix, HMAC of by hand, 1 M stored",
            Actix,
            hmac,
            Full,
            None,
        ),
    ]
};

async fn compare(row: Row) -> Ratio {
    // The signature costs bare nothing: it is in the message, and not looked at.
    let sent = row.step;
    let [step, peer] = [row.step, row.peer].map(|variant| hook(variant, row.memory));
    match row.framework {
        Framework::Axum => Ratio::of(axum(&step, sent), axum(&peer, sent)),
        Framework::Actix => {
            let [step, peer] = [step, peer].map(|hook| {
                init_service(App::new().configure(move |to| app::actix::configure(to, &hook)))
            });
            Ratio::of(actix(step.await, sent), actix(peer.await, sent))
        }
    }
}

fn hook(variant: Variant, memory: Memory) -> Hook {
    match (memory, variant) {
        (Memory::Full, Variant::Token | Variant::HmacScheme) => {
            let endpoint = endpoint(variant)
                .name("full")
                .replay_store(filled(MILLION, MILLION));
            Hook::Callhook(endpoint.build().expect("a valid endpoint"))
        }
        (Memory::Full, Variant::HandToken | Variant::HandHmac) => {
            Hook::ByHand(Arc::new(full_cache(receiver(variant))))
        }
        _ => Hook::of(variant).expect("a valid endpoint"),
    }
}

fn axum(
    hook: &Hook,
    sent: Variant,
) -> Step<impl FnMut() -> http::Request<Body>, impl FnMut(http::Request<Body>)> {
    // As `axum::serve` does it: without it, each request would turn its handler into a route.
    let router: Router<()> = app::axum::app(hook).with_state(());
    let mut messages = messages(sent);
    Step {
        make: move || {
            let (target, signature, body) = messages();
            let mut request = http::Request::post(target).extension(ConnectInfo(PEER));
            for (name, value) in headers(&body) {
                request = request.header(name, value);
            }
            if let Some(signature) = signature {
                request = request.header(SIGNATURE, signature);
            }
            request.body(Body::from(body)).expect("a request")
        },
        // Each request has a clone there, too.
        take: move |request: http::Request<Body>| {
            let response = now(router.clone().oneshot(request)).expect("infallible");
            assert_eq!(response.status(), 200);
        },
    }
}

fn actix<A, B>(
    app: A,
    sent: Variant,
) -> Step<impl FnMut() -> actix_http::Request, impl FnMut(actix_http::Request)>
where
    A: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
{
    let mut messages = messages(sent);
    Step {
        make: move || {
            let (target, signature, body) = messages();
            let mut request = TestRequest::post().uri(&target).peer_addr(PEER);
            for header in headers(&body) {
                request = request.insert_header(header);
            }
            if let Some(signature) = signature {
                request = request.insert_header((SIGNATURE, signature));
            }
            request.set_payload(body).to_request()
        },
        take: move |request| {
            let response = now(app.call(request)).expect("an answer");
            assert_eq!(response.status().as_u16(), 200);
        },
    }
}

/// Target, signature and body of messages that are all different.
fn messages(variant: Variant) -> impl FnMut() -> (String, Option<Vec<u8>>, Bytes) {
    let mut requests = Requests::genuine(variant);
    let target = match variant {
        Variant::HmacScheme | Variant::HandHmac => "/hook".to_owned(),
        _ => format!("/hook?{TOKEN}={SECRET}"),
    };
    move || {
        requests.sign(1);
        requests.next_request().expect("it is signed");
        // Cut off from a buffer, as servers read it.
        let body = BytesMut::from(requests.body()).split().freeze();
        (target.clone(), requests.signature().map(Vec::from), body)
    }
}

/// What `callhook-load` sends, too.
fn headers(body: &Bytes) -> [(&'static str, String); 5] {
    [
        ("host", "localhost".to_owned()),
        ("user-agent", "load".to_owned()),
        ("accept", "*/*".to_owned()),
        ("content-type", "application/json".to_owned()),
        ("content-length", body.len().to_string()),
    ]
}

const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 40_000);

const MILLION: u64 = 1_000_000;
