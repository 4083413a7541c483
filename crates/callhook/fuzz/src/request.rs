//! Requests, and what an endpoint makes of them.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use callhook::request::{Head, HeaderLines};
use callhook::{Admission, Admitted, Endpoint, Opened, Rejection};

/// Long enough to be one, and a JSON number, a segment of a path and a form's value as it stands.
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
    Opened(Box<Opened<E>>),
    Refused(Rejection),
}

/// Sends a head, shows what was admitted, and sends the body.
pub(crate) fn send<E: 'static>(
    endpoint: &Endpoint<E>,
    head: &Head<'_>,
    body: &[u8],
    on_admitted: impl FnOnce(&Admitted<E>),
) -> Got<E> {
    let admission = ready(endpoint.admit(head, |_| std::future::ready(())));
    let admitted = match admission {
        Err(rejection) => return Got::Refused(rejection),
        Ok(Admission::Probe(_)) => return Got::Probe,
        Ok(Admission::Body(admitted)) => admitted,
    };
    on_admitted(&admitted);
    // As an adapter does: nobody reads a GET's body.
    let body = if admitted.has_body() { body } else { b"" };
    let opened = admitted
        .read()
        .push(Bytes::copy_from_slice(body))
        .and_then(|buffer| buffer.open());
    match opened {
        Ok(opened) => Got::Opened(Box::new(opened)),
        Err(rejection) => Got::Refused(rejection),
    }
}

/// What a future gives that has nothing to wait for.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("there is nothing to wait for"),
    }
}
