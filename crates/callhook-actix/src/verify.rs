//! A request up to its claim: the core's steps that need no inner service.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::rt::time::sleep;
use callhook::{BrokenBody, Endpoint, Reply, Verified};
use futures_core::Stream as _;

use crate::request::{self, Lines};

/// The message, or what to answer instead. The body's bytes are those on the wire: decompressing is the part of actix's
/// extractors. What is left of a body when it is refused stays in the payload.
pub(crate) async fn verify<E: 'static>(
    endpoint: &Endpoint<E>,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<Verified<E>, Reply> {
    let lines = Lines(request.headers());
    let has_body = !matches!(payload, Payload::None);
    let head = request::head(request, &lines).body_follows(has_body);
    let admitted = endpoint.admit(&head, sleep).await?;
    let poll_chunk = |context: &mut Context<'_>| {
        let chunk = ready!(Pin::new(&mut *payload).poll_next(context));
        Poll::Ready(chunk.map(|chunk| chunk.map_err(|_| BrokenBody)))
    };
    admitted.receive(poll_chunk, sleep).await
}
