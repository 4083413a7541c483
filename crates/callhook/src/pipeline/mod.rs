//! The order of steps that every request to an [`Endpoint`](crate::Endpoint) goes through.
//!
//! 1. The method. POST and GET unless configured otherwise; HEAD wherever GET is.
//! 2. The client's address, against the allowlist.
//! 3. The declared length, the content encoding, the content type.
//! 4. The tenant, where there are several: it is looked up in the application, after the tokens that all tenants share
//!    have passed.
//! 5. The tokens: each guard has to pass. The signatures' headers: each must be given once and be readable, and its
//!    timestamp within its tolerance.
//! 6. Where the message is in the query (a GET's without a body, and a HEAD's), its signatures are verified and the
//!    tokens that are part of it are compared: everything that they need is in the head.
//! 7. A HEAD, and a GET without a body and without a parameter left after tokens, tenant and the event's name, are
//!    probes: they end here with 204.
//! 8. The body is read, bounded in size and time. A GET may have one, which is then the message. Where its signatures
//!    are over the query alone, it is not read, because anybody could have added it.
//! 9. The signatures over a body are verified, over the bytes as received; then tokens in it are looked for and
//!    compared. From here on, or from step 5 where neither is configured, the request has authenticated, and the
//!    response tells its outcome. Where a POST's body is blank, or a GET's is blank, `{}` or `null`, the fields of the
//!    query are the message, if it has any; a POST's only if its signatures, where there are some, cover the URL. A GET
//!    that then holds no message is a probe too. A body in a declared charset other than UTF-8 is decoded, unless
//!    signatures leave the content type out.
//! 10. The payload is decoded, once.
//! 11. The app id. Then the message's identity and fingerprint.
//! 12. The claim.
//! 13. The handler; its answer settles the claim. Where the sender waits for the answer and the endpoint has a
//!     fallback, that is answered in the place of a handler that fails, panics or takes too long.
//!
//! | steps | call | returns |
//! |---|---|---|
//! | 1 to 7 | [`Endpoint::admit`](crate::Endpoint::admit) | [`Admitted`] |
//! | 8 to 11 | [`Admitted::receive`] | [`Verified`] |
//! | 12 | [`Verified::claim`] | [`Unsettled`]: a [`Delivery`] and the [`Claimed`] that settles it |
//! | 13 | [`Unsettled::answer`] or [`Claimed::answer`]; [`Claimed::settle`], where there is no fallback | |
//!
//! An adapter makes these calls, and turns a [`Reply`](crate::Reply) into its framework's response:
//!
//! ```
//! use std::convert::Infallible;
//! use std::task::{Context, Poll};
//! use std::time::Duration;
//!
//! use bytes::Bytes;
//! use callhook::request::Head;
//! use callhook::telecmi::{Event, Telecmi};
//! use callhook::{Endpoint, Reply};
//!
//! // Any `HeaderLines`, such as an adapter's own over its framework's header map.
//! async fn serve(endpoint: &Endpoint<Event>, query: &str, body: [&'static str; 2]) -> Result<u16, Reply> {
//!     let headers = [("content-type", "application/json")];
//!     let head = Head::new("POST", "/webhooks/telecmi", Some(query), &headers);
//!     // The runtime's timer. Nothing waits here.
//!     let sleep = |_: Duration| std::future::pending::<()>();
//!     let mut chunks = body.into_iter();
//!     let poll_chunk =
//!         |_: &mut Context<'_>| Poll::Ready(chunks.next().map(|chunk| Ok(Bytes::from_static(chunk.as_bytes()))));
//!
//!     let verified = endpoint.admit(&head, sleep).await?.receive(poll_chunk, sleep).await?;
//!     // Here an adapter takes `body()`, `strip(..)` and `secret_headers()` for the request that it passes inwards.
//!     let unsettled = verified.claim().await?;
//!     let handler = async |_delivery| Ok::<_, Infallible>(204);
//!     match unsettled.answer(handler, |status| *status, sleep).await? {
//!         Ok(status) => Ok(status),
//!         Err(never) => match never {},
//!     }
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint = Endpoint::builder(Telecmi).query_token("token", "a token of 16 bytes or more").build()?;
//! let query = "token=a+token+of+16+bytes+or+more";
//! let cdr = [r#"{"type":"cdr","cmiuuid":"1","#, r#""status":"missed"}"#];
//! assert_eq!(serve(&endpoint, query, cdr).await.ok(), Some(204));
//! // A copy of what was handled is answered without the handler.
//! assert_eq!(serve(&endpoint, query, cdr).await.err().map(|reply| reply.status()), Some(200));
//! # Ok(())
//! # }
//! # let run = std::pin::pin!(run());
//! # let mut context = Context::from_waker(std::task::Waker::noop());
//! # assert!(matches!(run.poll(&mut context), Poll::Ready(Ok(()))));
//! ```
//!
//! Each step takes what the step before returned, and returns the next or the [`Reply`](crate::Reply) to send instead.
//! So an adapter can neither change the order nor mix two endpoints:
//!
//! ```compile_fail,E0599
//! # async fn adapter(admitted: callhook::Admitted<callhook::telecmi::Event>) {
//! admitted.claim().await; // not verified yet
//! # }
//! ```
//!
//! ```compile_fail,E0382
//! # async fn adapter(verified: callhook::Verified<callhook::telecmi::Event>) {
//! let _ = verified.claim().await;
//! let _ = verified.claim().await; // claimed already
//! # }
//! ```
//!
//! Dropping any of these values, or the future of any of these calls, at any time leaves no claim behind. A message
//! whose handler has answered stays settled by that answer.

mod admit;
mod answer;
mod body;
mod claim;
mod decode;
mod delivery;
mod receive;
mod received;
mod settle;
mod unsettled;

#[cfg(test)]
mod tests;

pub use self::admit::Admitted;
pub use self::body::BrokenBody;
pub use self::delivery::Delivery;
pub use self::receive::Verified;
pub use self::received::InnerBody;
pub use self::settle::{Claimed, HandlerOutcome};
pub use self::unsettled::Unsettled;
