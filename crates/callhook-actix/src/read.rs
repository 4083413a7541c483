//! Reads a body into the core's bounded buffer.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use actix_web::dev::Payload;
use actix_web::rt::time::{Sleep, sleep};
use callhook::{Admitted, BodyBuffer, Opened, Rejection};
use futures_core::Stream;

/// The message of an admitted request. A GET's body is dropped unread; what is left of another when it is refused stays.
pub(crate) async fn open<E: 'static>(
    admitted: Admitted<E>,
    payload: &mut Payload,
) -> Result<Opened<E>, Rejection> {
    if admitted.has_body() {
        read(payload, admitted.read()).await?.open()
    } else {
        drop(payload.take());
        admitted.read().open()
    }
}

/// The buffer with the whole body, or the refusal as soon as it is known. The bytes are those on the wire: decompressing
/// is the part of actix's extractors.
async fn read<E: 'static>(
    payload: &mut Payload,
    mut buffer: BodyBuffer<E>,
) -> Result<BodyBuffer<E>, Rejection> {
    // Set only once the sender makes us wait: most bodies are there with their head.
    let mut deadline: Option<Pin<Box<Sleep>>> = None;
    loop {
        let chunk = poll_fn(|context| {
            if let Poll::Ready(chunk) = Pin::new(&mut *payload).poll_next(context) {
                return Poll::Ready(Ok(chunk));
            }
            let deadline = deadline.get_or_insert_with(|| Box::pin(sleep(buffer.time_left())));
            deadline.as_mut().poll(context).map(Err)
        })
        .await;
        buffer = match chunk {
            Err(()) => return Err(buffer.too_slow()),
            Ok(None) => return Ok(buffer),
            Ok(Some(Err(_))) => return Err(buffer.broken_off()),
            Ok(Some(Ok(chunk))) => buffer.push(chunk)?,
        };
    }
}
