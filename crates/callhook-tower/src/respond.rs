//! What is answered in the handler's place, as a response.

use bytes::Bytes;
use callhook::Reply;
use http::{HeaderValue, Response, StatusCode};

pub(crate) fn respond(reply: Reply) -> Response<Bytes> {
    let body = reply.body().map(|body| body.bytes().clone());
    let mut response = Response::new(body.unwrap_or_default());
    *response.status_mut() =
        StatusCode::from_u16(reply.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers() {
        // The core's values are visible ASCII; one that is not is left out rather than answered with a panic.
        if let Ok(value) = HeaderValue::try_from(&*value) {
            response.headers_mut().insert(name, value);
        }
    }
    if let Some(rejection) = reply.rejection() {
        response.extensions_mut().insert(rejection.clone());
    }
    response
}
