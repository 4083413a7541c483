//! Requests, and what an endpoint makes of them.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use callhook::request::{Head, HeaderLines};
use callhook::{Endpoint, Rejection, Verified};

/// Long enough to be one, and a JSON number, a segment of a path and a form's value without escapes.
pub(crate) const SECRET: &str = "1234567890123456";

/// With the secret wherever there is an `@`.
pub(crate) fn with_secret(input: &[u8]) -> Vec<u8> {
    let pieces: Vec<&[u8]> = input.split(|byte| *byte == b'@').collect();
    pieces.join(SECRET.as_bytes())
}

/// Header lines in order, names in lower case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines(pub(crate) Vec<(String, Vec<u8>)>);

impl HeaderLines for Lines {
    fn line(&self, name: &str, index: usize) -> Option<&[u8]> {
        let mut lines = self.0.iter().filter(|(other, _)| other == name);
        lines.nth(index).map(|(_, line)| &**line)
    }
}

/// Where a request got to.
pub(crate) enum Got<E> {
    Probe,
    Verified(Box<Verified<E>>),
    Refused(Rejection),
}

/// Sends a request up to its claim.
pub(crate) fn send<E: 'static>(endpoint: &Endpoint<E>, head: &Head<'_>, body: &[u8]) -> Got<E> {
    let received = ready(async {
        let admitted = endpoint.admit(head, |_| std::future::ready(())).await?;
        let mut body = Some(Ok(Bytes::copy_from_slice(body)));
        let poll_chunk = |_: &mut Context<'_>| Poll::Ready(body.take());
        admitted
            .receive(poll_chunk, |_| std::future::ready(()))
            .await
    });
    match received {
        Ok(verified) => Got::Verified(Box::new(verified)),
        Err(reply) => match reply.rejection() {
            Some(rejection) => Got::Refused(rejection.clone()),
            None => Got::Probe,
        },
    }
}

/// What a future gives that has nothing to wait for.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("there is nothing to wait for"),
    }
}
