//! tower-http's `TraceLayer`.

use tokio::net::TcpListener;

use callhook_test_support::Logs;

use super::{IN_PATH, IN_QUERY, app, has, requests, send_all};

mod recipe {
    include!("../snippets/trace_layer.rs");

    pub(super) fn layered(app: Router) -> Router {
        traced(app)
    }

    pub(super) fn with_defaults(app: Router) -> Router {
        app.layer(TraceLayer::new_for_http())
    }
}

const TOKEN: &str = "a-token-for-the-trace-layer";

/// What is logged of all requests, at every level.
async fn logged(layer: fn(axum::Router) -> axum::Router) -> impl Fn() -> String {
    let logs = Logs::keep();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let app = layer(app(TOKEN));
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });
    send_all(address, TOKEN).await;
    serving.abort();
    move || logs.text()
}

#[tokio::test]
async fn the_recipe_traces_the_routes_pattern_and_no_token() {
    let lines =
        [IN_QUERY, IN_PATH].map(|route| format!("request{{method=POST route=\"{route}\"}}"));
    let no_route =
        "request{method=POST}: tower_http::trace::on_response: finished processing request";
    let lines = [&lines[..], &[no_route.to_owned()]].concat();
    let text = has(logged(recipe::layered).await, &lines).await;
    assert!(!text.contains(TOKEN), "{text}");
}

#[tokio::test]
async fn the_default_traces_the_token() {
    let uri = |target| format!("uri={target}");
    let uris: Vec<_> = requests(TOKEN)
        .into_iter()
        .map(|sent| uri(sent.target))
        .collect();
    has(logged(recipe::with_defaults).await, &uris).await;
}
