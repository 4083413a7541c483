//! A request up to its claim: the core's steps that need no inner service.

use callhook::{Admission, Answer, BodyBuffer, Endpoint, Opened};
use http::request::Parts;
use http_body::Body;
use tokio::time::sleep;

use crate::read::read;
use crate::request::{self, Line};

/// The message, or what to answer instead. The head is as it is passed inwards then.
pub(crate) async fn receive<E, B>(
    endpoint: &Endpoint<E>,
    parts: &mut Parts,
    body: B,
) -> Result<Opened<E>, Answer>
where
    E: 'static,
    B: Body,
{
    let lines = request::Lines(&parts.headers);
    let head = Line::of(parts).head(&lines);
    let admitted = match endpoint.admit(&head, sleep).await? {
        Admission::Body(admitted) => admitted,
        Admission::Probe(answer) => return Err(answer),
    };
    request::strip(parts, &admitted);
    let opened = if admitted.has_body() {
        let buffer = read(body, admitted.read()).await;
        buffer.and_then(BodyBuffer::open)?
    } else {
        drop(body);
        request::forget_body(parts);
        admitted.read().open()?
    };
    if opened.is_stripped() {
        request::set_length(parts, opened.body().len());
    }
    Ok(opened)
}
