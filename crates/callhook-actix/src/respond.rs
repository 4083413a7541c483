//! What is answered in the handler's place, as a response.

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use callhook::Reply;

use crate::unread::Unread;

pub(crate) fn respond(reply: &Reply, body: &Unread) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match reply.body() {
        Some(body) => HttpResponse::with_body(status, BoxBody::new(body.bytes().clone())),
        None => HttpResponse::new(status),
    };
    for (name, value) in reply.headers() {
        // The core's values are visible ASCII; one that is not is left out rather than answered with a panic.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(&*value))
        {
            response.headers_mut().insert(name, value);
        }
    }
    if let Some(rejection) = reply.rejection() {
        response.extensions_mut().insert(rejection.clone());
    }
    body.go_with(&mut response);
    response
}
