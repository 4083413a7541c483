//! An application under test: callhook's layer in axum, on a real socket.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use callhook_tower::auth::{HmacScheme, Signed};
use callhook_tower::piopiy::{self, Piopiy};
use callhook_tower::telecmi::{self, Telecmi};
use callhook_tower::voipappz::{self, Voipappz};
use callhook_tower::{CallBook, CallEvent, Endpoint, Provider, Webhook, WebhookLayer};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

pub(crate) const TOKEN: &str = "a-token-of-16-bytes-or-more";
pub(crate) const SECRET: &str = "a-secret-of-16-bytes-or-more";

/// Serves until it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    state: App,
    _runtime: Runtime,
}

#[derive(Clone)]
struct App {
    book: CallBook,
    /// What the handler was given, by kind.
    handled: Arc<Mutex<BTreeMap<String, u64>>>,
    /// What a caller is answered.
    menu: Arc<str>,
}

/// How senders prove who they are.
#[derive(Clone, Copy)]
pub(crate) enum Proof {
    Token,
    Signature(fn(&'static str, bool) -> HmacScheme),
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(Proof::Token)
    }

    pub(crate) fn with(proof: Proof) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        let webhook = format!("http://{address}/webhooks/piopiy?token={TOKEN}");
        let state = App {
            book: CallBook::builder().build(),
            handled: Arc::default(),
            menu: format!(
                r#"[{{"action":"play_get_input","file_name":"menu.wav","action_url":"{webhook}"}}]"#
            )
            .into(),
        };
        let app = Router::new()
            .route("/webhooks/telecmi", any(flow).layer(layer(Telecmi, proof)))
            .route("/webhooks/piopiy", any(menu).layer(layer(Piopiy, proof)))
            .route(
                "/webhooks/voipappz/{event}",
                any(report).layer(layer(Voipappz::path_segment(), proof)),
            )
            .route("/calls", get(calls))
            .route(
                "/away",
                get(|| async { (StatusCode::FOUND, [("location", "/calls")]) }),
            )
            .route(
                "/broken",
                any(|| async { StatusCode::INTERNAL_SERVER_ERROR }),
            )
            .route("/busy", any(busy))
            .route("/silent", any(|| async { "good morning" }))
            .with_state(state.clone());
        runtime.spawn(async { axum::serve(listener, app).await });
        Self {
            address,
            state,
            _runtime: runtime,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How many messages the handler was given.
    pub(crate) fn handled(&self) -> u64 {
        let handled = self.state.handled.lock();
        handled
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .sum()
    }

    pub(crate) fn calls(&self) -> usize {
        self.state.book.calls().len()
    }
}

fn layer<P>(provider: P, proof: Proof) -> WebhookLayer<P::Event>
where
    P: Provider,
{
    let names_event = provider.event_location().is_some();
    let builder = Endpoint::builder(provider);
    let builder = match proof {
        Proof::Token => builder.query_token("token", TOKEN),
        Proof::Signature(scheme) => {
            let builder = builder.hmac(scheme(SECRET, names_event));
            if names_event {
                builder.insecure_unsigned_event_name()
            } else {
                builder
            }
        }
    };
    WebhookLayer::new(builder.build().expect("an endpoint"))
}

pub(crate) fn callhook_scheme(secret: &'static str, names_event: bool) -> HmacScheme {
    HmacScheme::sha256("callhook-signature", secret)
        .prefix("sha256=")
        .signed(if names_event {
            Signed::TargetAndBody
        } else {
            Signed::Content
        })
}

impl App {
    fn keep<E: CallEvent>(&self, call: &Webhook<E>) {
        let mut handled = self.handled.lock().unwrap_or_else(PoisonError::into_inner);
        *handled.entry(call.event().kind().to_owned()).or_default() += 1;
        drop(handled);
        self.book.apply(&call.0);
    }
}

fn json(text: String) -> Response {
    ([("content-type", "application/json")], text).into_response()
}

async fn flow(State(app): State<App>, call: Webhook<telecmi::Event>) -> Response {
    app.keep(&call);
    match call.event().kind() {
        "flow" => json(
            r#"{"code":200,"result":[{"agent_id":"101_1111112","phone":"919000000001"}]}"#
                .to_owned(),
        ),
        _ => StatusCode::OK.into_response(),
    }
}

async fn menu(State(app): State<App>, call: Webhook<piopiy::Event>) -> Response {
    app.keep(&call);
    match call.event().kind() {
        "answer" => json(app.menu.to_string()),
        "dtmf" => json(r#"[{"action":"bridge","from":911203000000,"connect":[{"type":"pstn","number":919000000001}]},{"action":"hangup"}]"#.to_owned()),
        _ => StatusCode::OK.into_response(),
    }
}

async fn report(State(app): State<App>, call: Webhook<voipappz::Event>) {
    app.keep(&call);
}

async fn calls(State(app): State<App>) -> Json<Vec<callhook::call::Answers>> {
    let calls = app.book.calls();
    Json(calls.iter().map(|kept| kept.call.answers()).collect())
}

async fn busy(State(app): State<App>) -> Response {
    let mut handled = app.handled.lock().unwrap_or_else(PoisonError::into_inner);
    let times = handled.entry("busy".to_owned()).or_default();
    *times += 1;
    match *times {
        1 => (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "0")]).into_response(),
        _ => StatusCode::OK.into_response(),
    }
}
