//! A server inside the tests, with settings that the example has no variables for.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use callhook_tower::callhook::request::{Head, HeaderLines};
use callhook_tower::telecmi::{Event, Telecmi};
use callhook_tower::{Endpoint, Forwarding, Webhook, WebhookLayer};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// A server on a free port, until this is dropped. `/hook` is the webhook, and answers with the address it came from;
/// `/explain` answers with what the endpoint makes of the request.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    _runtime: Runtime,
}

impl Server {
    /// Lets one address in.
    pub(super) fn start(allowed: &str, trusted: &[&str], forwarding: Forwarding) -> Self {
        let endpoint = Endpoint::builder(Telecmi)
            .query_token("token", TOKEN)
            .allow([allowed])
            .trusted_proxies(trusted, forwarding)
            .build()
            .expect("a valid configuration");
        let app = Router::new()
            .route("/explain", get(explain))
            .with_state(endpoint.clone())
            .route("/hook", post(client).layer(WebhookLayer::new(endpoint)))
            .into_make_service_with_connect_info::<SocketAddr>();
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a free port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self {
            address,
            _runtime: runtime,
        }
    }
}

pub(super) const TOKEN: &str = "a-token-of-24-characters";

async fn client(call: Webhook<Event>) -> String {
    call.client_addr()
        .as_ref()
        .map_or_else(String::new, IpAddr::to_string)
}

async fn explain(
    State(endpoint): State<Endpoint<Event>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> String {
    let lines = Lines(headers);
    let head = Head::new("POST", "/hook", None, &lines).peer(peer.ip());
    endpoint.explain(&head).to_string()
}

struct Lines(HeaderMap);

impl HeaderLines for Lines {
    fn line(&self, name: &str, index: usize) -> Option<&[u8]> {
        let mut lines = self.0.get_all(name).iter();
        lines.nth(index).map(AsRef::as_ref)
    }
}
