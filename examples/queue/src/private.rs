//! Who may see what failed, and have it run again.

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use example_support::Private;

/// Lets in whom [`Private`] lets read. To change something, a request must not come from a web page: a browser sends a
/// stranger's POST to this machine as it is, and tells in `Origin` that it does.
pub(crate) async fn guard(
    State(private): State<Private>,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let authority = request.uri().authority();
    let headers = request.headers();
    let may_read = private.may_read(
        authority.map(|authority| authority.as_str()),
        headers.get_all(HOST).iter().map(|host| host.as_bytes()),
        |name| headers.contains_key(name),
    );
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_of_a_page = headers.contains_key("origin") || headers.contains_key("sec-fetch-site");
    if !may_read || (is_of_a_page && !reads) {
        return Err(StatusCode::FORBIDDEN);
    }
    Ok(next.run(request).await)
}
