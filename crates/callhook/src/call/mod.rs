//! One call from all of its messages: [`Call`], and [`CallBook`], which keeps calls.
//!
//! The platforms report legs, a dozen messages a call, in any order, some twice, some never; applications count calls.
//! [`CallSummary`] says of one message what it tells about its call, and a [`Call`] is the set of what all of its messages
//! tell. Every answer is a function of that set, so it does not depend on the order in which messages came.
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
//! 1. Those that share an id, within one provider and tenant: the call's, the leg's and the request's are one namespace, for
//!    PIOPIY and TeleCMI put one in the place of another. Not the account, which some messages don't have, and not the
//!    endpoint.
//! 2. Words for nothing (`none`, `0`, `n/a`, in any case) are no ids: with them, all calls would be one.
//! 3. Never `call_id`, which differs between a leg's events and its record, nor what the application echoes, nor a time.
//! 4. What was not [recognised](MessageKind::Unrecognized) is part of no call.
//! 5. No message takes a call apart. An id that comes again later, while the call is kept, is the same call.
//!
//! # What a call is
//!
//! 1. A set of contents, each with the earliest time at which it was received. Calls [join](Call::join) by the union of the
//!    sets.
//! 2. A message is told from others by kind, leg id, leg, direction on the wire and status; of Voipappz, whose id names the
//!    call, by the agent too. It may have several contents: a record comes again once its recording is there. What names an
//!    agent counts before what doesn't, then what was first received last; what one content doesn't tell another may.
//! 3. Of several messages the most trusted counts, by the rules of each answer, and never the time at which it came.
//! 4. So the same messages, in any order, with any copies, joined in any number of parts by any number of processes, give
//!    the same answers. Only where two contents of **one** message disagree does it matter which was received first.
//! 5. Of more than [128](Call::MAX_MESSAGES) contents the greatest stay, records before all others, which is a join as well.
//! 6. Texts of more than 2048 bytes are left out.
//!
//! Of any of a call's messages, an answer is what all of them answer, or `None`. Known exceptions: a call that rang several
//! numbers at PIOPIY, of which some messages say that one didn't answer; a transfer, whose talk time and agent are those of
//! one leg until the other is known; and what only grows as messages come, such as the lists, the counts, and the time of
//! the start, which may become earlier.
//!
//! # In a database
//!
//! A store needs [`Call::of`], [`Call::ids`] and [`Call::scope`], and these steps in one transaction that holds a lock for
//! each id: read the calls that have one of the ids, [`Call::join`] them all, write the result, let all ids lead to it.
//! Whoever overwrites instead of joining loses messages. Calls can also be made again, from stored
//! events in any order, by [`Call::of_summary`].
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
mod outcome;
mod rules;
mod single;
mod stored;
mod summary;
mod whole;

pub use self::answers::{Answers, CallAgent};
pub use self::book::{CallBook, CallKey, Update};
pub use self::event::CallEvent;
pub use self::outcome::Outcome;
pub use self::stored::StoredCallError;
pub use self::summary::{
    CallDirection, CallSummary, Finality, MessageKind, Missed, Party, Phase, Voicemail,
};
pub use self::whole::{Call, OtherScope};

#[cfg(all(test, feature = "testing"))]
mod tests;
