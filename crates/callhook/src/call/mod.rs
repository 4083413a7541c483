//! One call from all of its messages: [`Call`], and [`CallBook`], which keeps calls.
//!
//! The platforms report the legs of a call, in about a dozen messages that come in any order, some twice, some never.
//! Applications work with calls. [`CallSummary`] is what one message tells about its call, and a [`Call`] is the set of
//! what all of its messages tell. Every answer is a function of that set, so it does not depend on the order in which
//! messages came.
//!
//! A handler that keeps a CRM's list of calls:
//!
//! ```
//! use callhook::call::{CallBook, CallEvent};
//! use callhook::Delivery;
//!
//! async fn on_message<E: CallEvent>(book: &CallBook, delivery: &Delivery<E>) {
//!     let update = book.apply(delivery);
//!     if update.is_now_over {
//!         let call = &update.answers;
//!         let agent = call.answered_by.as_ref().and_then(|agent| agent.agent.as_ref());
//!         crm_save(&call.ids, call.customer.as_ref(), call.outcome.as_ref(), agent, call.talk_seconds).await;
//!     } else if update.has_changed && update.call.is_over() {
//!         crm_add_recordings(&update.answers.ids, &update.answers.recordings).await;
//!     }
//! }
//! # use callhook::{call::Outcome, value::{PhoneNumber, Seconds, Text}};
//! # async fn crm_save(_: &[Text], _: Option<&PhoneNumber>, _: Option<&Outcome>, _: Option<&Text>, _: Option<Seconds>) {}
//! # async fn crm_add_recordings(_: &[Text], _: &[Text]) {}
//! ```
//!
//! # Which messages are of one call
//!
//! 1. Those of one provider and tenant that share an id. The ids of calls, legs and requests are one namespace, because
//!    PIOPIY and TeleCMI put one in the place of another. The account, which some messages don't have, and the endpoint
//!    make no difference.
//! 2. Placeholders (`none`, `0`, `n/a`, in any case) don't count as ids, or unrelated calls would be joined.
//! 3. `call_id`, which differs between a leg's events and its record, values that the platform only passes on for the
//!    application, and times don't count either.
//! 4. A message that was not [recognised](MessageKind::Unrecognized) belongs to no call.
//! 5. No message splits a call. An id that comes again later, while the call is kept, is the same call.
//!
//! # What a call is
//!
//! 1. A set of contents, each with the earliest time at which it was received. Calls [join](Call::join) by the union of
//!    the sets.
//! 2. Messages are distinguished by kind, leg id, leg, direction on the wire and status; those of Voipappz, whose id
//!    names the call, by the agent too. A message may have several contents: a record comes again once its recording is
//!    there. A content that names an agent precedes one that doesn't; among equals, the newest one, by when it was
//!    first received, precedes. What one content doesn't tell is taken from the next.
//! 3. Where several messages tell the same thing, the most trusted one counts, by the rules of each answer. The time at
//!    which a message came doesn't decide.
//! 4. So the same messages, in any order, with any copies, joined in any number of parts by any number of processes,
//!    give the same answers. Only where two contents of **one** message disagree does it matter which was received
//!    first.
//! 5. A call keeps [128](Call::MAX_MESSAGES) contents at most: of more, those that are greatest in a fixed order stay,
//!    records before all others, so that the order of joins still makes no difference.
//! 6. Texts of more than 2048 bytes are left out.
//!
//! While only some of a call's messages have come, an answer is either the one that all of them give, or `None`. Known
//! exceptions: a call that rang several numbers at PIOPIY, of which some messages say that one didn't answer; a
//! transfer, whose talk time and agent are those of one leg until the other is known; and what only grows as messages
//! come, such as the lists, the counts, and the time of the start, which may become earlier.
//!
//! # In a database
//!
//! `callhook-sqlx` keeps calls in Postgres and SQLite. A store of your own needs [`Call::of`], [`Call::ids`] and
//! [`Call::scope`], and these steps in one transaction that holds a lock for each id: read the calls that have one of the
//! ids, [`Call::join`] them all, write the result, and point all ids to it. [`Joined`] says what that changed. A store that overwrites instead of joining loses messages. Calls can also be made again, from stored events
//! in any order, by [`Call::of_summary`].
//!
//! ```
//! use callhook::call::Call;
//!
//! /// What to write, of what was read and what a message tells.
//! fn joined(stored: &[String], mut call: Call) -> Result<String, Box<dyn std::error::Error>> {
//!     for json in stored {
//!         call.join(&Call::from_json(json)?)?;
//!     }
//!     Ok(call.to_json())
//! }
//! # let _ = joined;
//! ```

mod answers;
pub mod book;
mod event;
mod facts;
mod joined;
mod order;
mod outcome;
mod packed;
mod rules;
mod single;
mod stored;
mod summary;
mod whole;

pub use self::answers::{Answers, CallAgent};
pub use self::book::{CallBook, CallKey, Update};
pub use self::event::CallEvent;
pub use self::joined::Joined;
pub use self::outcome::Outcome;
pub use self::stored::StoredCallError;
pub use self::summary::{
    CallDirection, CallSummary, Finality, MessageKind, Missed, Party, Phase, Voicemail,
};
pub use self::whole::{Call, OtherScope};

#[cfg(all(test, feature = "testing"))]
mod tests;
