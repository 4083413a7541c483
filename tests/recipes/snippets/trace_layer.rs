use axum::Router;
use axum::extract::{MatchedPath, Request};
use tower_http::trace::TraceLayer;
use tracing::{Span, info_span};

/// Traces every request by the pattern of its route, such as `/webhooks/{token}`, never by its URL.
fn traced(app: Router) -> Router {
    app.layer(TraceLayer::new_for_http().make_span_with(span))
}

fn span(request: &Request) -> Span {
    // `None` where no route matches: a token may be in a URL that is misspelled, too.
    let route = request.extensions().get().map(MatchedPath::as_str);
    info_span!("request", method = %request.method(), route)
}
