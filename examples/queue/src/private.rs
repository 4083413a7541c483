//! What may have failed jobs run again.

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

/// To change something, a request must not come from a web page: a browser sends a stranger's POST to this machine as it
/// is, and tells in `Origin` that it does. Who may read at all is decided around this.
pub(crate) async fn refuse_pages(request: Request, next: Next) -> Result<Response, StatusCode> {
    let headers = request.headers();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_of_a_page = headers.contains_key("origin") || headers.contains_key("sec-fetch-site");
    if is_of_a_page && !reads {
        return Err(StatusCode::FORBIDDEN);
    }
    Ok(next.run(request).await)
}
