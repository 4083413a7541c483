//! The routes of the board for axum: [`routes`], and what belongs around them: [`protected`].

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use example_board_page::{
    Board, EVENTS_PATH, EVENTS_TYPE, HEADERS, PAGE_TYPE, Private, SCRIPT, SCRIPT_PATH, STYLE,
    STYLE_PATH,
};

/// The page at `/`, and what it asks for. Have them [`protected`], on a listener of their own.
pub fn routes(board: Board) -> Router {
    Router::new()
        .route("/", get(page))
        .route(STYLE_PATH, get(([(CONTENT_TYPE, STYLE.0)], STYLE.1)))
        .route(SCRIPT_PATH, get(([(CONTENT_TYPE, SCRIPT.0)], SCRIPT.1)))
        .route(EVENTS_PATH, get(events))
        .with_state(board)
}

/// What is shown on a private listener: to whom [`Private`] lets read, others get 403, and with [`HEADERS`] on every answer.
pub fn protected(shown: Router, private: Private) -> Router {
    // Around all of it, since a router adds `Allow` to what its own layers answer.
    Router::new()
        .fallback_service(shown)
        .layer(from_fn_with_state(private, guard))
        .layer(from_fn(add_headers))
}

async fn page(State(board): State<Board>) -> impl IntoResponse {
    ([(CONTENT_TYPE, PAGE_TYPE)], board.page())
}

async fn events(State(board): State<Board>) -> Response {
    match board.events() {
        Some(events) => {
            let body = Body::from_stream(events.into_stream());
            ([(CONTENT_TYPE, EVENTS_TYPE)], body).into_response()
        }
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn add_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Lets nobody read who may not, whatever the path.
async fn guard(
    State(private): State<Private>,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let authority = request.uri().authority();
    let headers = request.headers();
    let hosts = headers.get_all(HOST).iter();
    let may_read = private.may_read(
        authority.map(|authority| authority.as_str()),
        hosts.map(|host| host.as_bytes()),
        |name| headers.contains_key(name),
    );
    if !may_read {
        return Err(StatusCode::FORBIDDEN);
    }
    Ok(next.run(request).await)
}
