//! Whole calls, as the platforms send them: for tests of what an application makes of a call's dozen messages.
//!
//! 1. A [`Scenario`] is what happens in a call. A [`SimulatedCall`] is its messages, as a [`Platform`] sends them: each with
//!    all fields that it really has, in the types and spellings of one of the platform's [editions](Edition), and with its
//!    time since the call's start.
//! 2. The seed chooses the edition, ids, numbers, agents, seconds and moments. The same seed gives the same call on every
//!    machine. **Not in every release**: a release that knows more of what a platform sends makes other messages of a seed,
//!    so keep no payload for comparison.
//! 3. Nobody is real. Numbers are of the ranges that the United Kingdom keeps free for drama, or of none that is in use;
//!    recordings are at `recordings.example`.
//! 4. Platforms send late, twice and in any order, and now and then not at all:
//!    [`shuffled`](SimulatedCall::shuffled), [`with_copies`](SimulatedCall::with_copies),
//!    [`with_resends`](SimulatedCall::with_resends), [`without`](SimulatedCall::without) and
//!    [`retain`](SimulatedCall::retain). All but the last two leave what is right to answer as it was.
//! 5. [`RightAnswers`] say what happened, as far as the messages tell: they follow from the scenario and not from reading
//!    the messages. [`RightAnswers::differences`] compares an application's own with them.
//!
//! What no source has is made up to fit: an inbound PIOPIY call's leg b since 2024 has the statuses of an outbound leg, a
//! Voipappz call's `type` without a queue is `did_to_user` or `user_to_did`, and the messages' distances in time are
//! plausible, no more.
//!
//! # In your own tests
//!
//! Send a call to your application, and compare what it says of it:
//!
//! ```
//! use callhook::testing::calls::{Encoding, Platform, Scenario, SimulatedCall};
//!
//! for seed in 0..10 {
//!     let call = SimulatedCall::new(Scenario::InboundTwoAgents, Platform::Telecmi, seed)?
//!         .with_copies(2)
//!         .shuffled(seed);
//!     for message in call.messages() {
//!         let request = message.request(Encoding::Json);
//!         let uri = request.uri("/webhooks/telecmi?token=...");
//!         // With axum and tower: `Request::builder().method(request.method).uri(uri)`, the header `content-type` from
//!         // `request.content_type`, `.body(Body::from(request.body))`, and then `router.clone().oneshot(..)`.
//!         # assert!(uri.starts_with("/webhooks/telecmi?") && request.body.starts_with('{'));
//!     }
//!     let right = call.right_answers();
//!     assert_eq!(right.outcome, Some("answered"));
//!     // let told = what your application says of the call, or the object of `GET /calls`;
//!     # let told = right;
//!     assert_eq!(right.differences(told), [""; 0]);
//! }
//! # Ok::<(), callhook::testing::calls::Unsupported>(())
//! ```
//!
//! Without a server, a provider reads each message:
//!
//! ```
//! use callhook::payload::Payload;
//! use callhook::provider::{Message, Provider};
//! use callhook::telecmi::Telecmi;
//! use callhook::testing::calls::{Platform, Scenario, SimulatedCall};
//!
//! let call = SimulatedCall::new(Scenario::OutboundRefused, Platform::Telecmi, 7)?;
//! for message in call.messages() {
//!     let json = message.json();
//!     let event = Telecmi.decode(&Message::new(Payload::from_body(json.as_bytes())?))?;
//!     assert_eq!(event.kind(), message.kind());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[macro_use]
mod names;
pub(super) mod answers;
mod call;
pub(super) mod cast;
pub(super) mod message;
pub(super) mod piopiy;
mod platform;
pub(super) mod plot;
pub(super) mod random;
mod request;
mod resend;
mod scenario;
pub(super) mod script;
pub(super) mod telecmi;
mod voipappz;

#[cfg(test)]
mod tests;

pub use self::answers::{RightAgent, RightAnswers};
pub use self::call::SimulatedCall;
pub use self::message::CallMessage;
pub use self::names::UnknownName;
pub use self::platform::{Edition, Platform};
pub use self::request::{Encoding, MessageRequest};
pub use self::scenario::{Scenario, Unsupported};
