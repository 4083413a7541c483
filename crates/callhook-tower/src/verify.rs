//! A request up to its claim: the core's steps that need no inner service.

use std::pin::pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use callhook::{BrokenBody, Endpoint, InnerBody, Reply, Verified};
use http::request::Parts;
use http_body::Body;
use tokio::time::sleep;

use crate::request::{self, Line, Lines};

/// The message with the body to pass inwards, or what to answer instead. The head is as it is passed inwards then.
pub(crate) async fn verify<E, B>(
    endpoint: &Endpoint<E>,
    parts: &mut Parts,
    body: B,
) -> Result<(Verified<E>, Bytes), Reply>
where
    E: 'static,
    B: Body,
{
    // Within braces: what is read of the head takes no room once it is admitted.
    let admitted = {
        let lines = Lines(&parts.headers);
        let head = Line::of(parts)
            .head(&lines)
            .body_follows(!body.is_end_stream());
        endpoint.admit(&head, sleep).await?
    };

    let mut body = pin!(body);
    let poll_chunk = |context: &mut Context<'_>| {
        let frame = ready!(body.as_mut().poll_frame(context));
        Poll::Ready(
            frame.map(|frame| match frame.map(http_body::Frame::into_data) {
                // No copy where the data is `Bytes` already.
                Ok(Ok(mut data)) => Ok(data.copy_to_bytes(data.remaining())),
                // Trailers are read past.
                Ok(Err(_)) => Ok(Bytes::new()),
                Err(_) => Err(BrokenBody),
            }),
        )
    };
    let verified = admitted.receive(poll_chunk, sleep).await?;

    request::strip(parts, &verified);
    let body = match verified.body() {
        InnerBody::Unchanged(body) => body,
        InnerBody::Stripped(body) => {
            request::set_length(parts, body.len());
            body
        }
        InnerBody::Empty => {
            request::forget_body(parts);
            Bytes::new()
        }
    };
    Ok((verified, body))
}
