//! Reads a body into the core's bounded buffer.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use bytes::Buf;
use callhook::{BodyBuffer, Rejection};
use http_body::Body;
use tokio::time::{Sleep, sleep};

/// The buffer with the whole body, or the refusal as soon as it is known. Trailers are read past.
pub(crate) async fn read<B: Body, E: 'static>(
    body: B,
    mut buffer: BodyBuffer<E>,
) -> Result<BodyBuffer<E>, Rejection> {
    let mut body = pin!(body);
    // Set only once the sender makes us wait: most bodies are there with their head.
    let mut deadline: Option<Pin<Box<Sleep>>> = None;
    loop {
        let frame = poll_fn(|context| {
            if let Poll::Ready(frame) = body.as_mut().poll_frame(context) {
                return Poll::Ready(Ok(frame));
            }
            let deadline = deadline.get_or_insert_with(|| Box::pin(sleep(buffer.time_left())));
            deadline.as_mut().poll(context).map(Err)
        })
        .await;
        let data = match frame {
            Err(()) => return Err(buffer.too_slow()),
            Ok(None) => return Ok(buffer),
            Ok(Some(Err(_))) => return Err(buffer.broken_off()),
            Ok(Some(Ok(frame))) => frame.into_data(),
        };
        if let Ok(mut data) = data {
            // No copy where the data is `Bytes` already.
            buffer = buffer.push(data.copy_to_bytes(data.remaining()))?;
        }
    }
}
