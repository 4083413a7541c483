//! What the replies to waiting requests have in common: what they are made of, what is wrong with one that the platform
//! could not read, and how one is sent.
//!
//! The replies themselves are with their platforms: [`telecmi::flow`](crate::telecmi::flow),
//! [`piopiy::pcmo`](crate::piopiy::pcmo) and [`piopiy::pipeline`](crate::piopiy::pipeline).
//!
//! 1. What a platform needs is an argument of a constructor, so that it can't be forgotten. What it may have is a setter.
//! 2. What is written by the vendor's SDKs as a default is written too, so that a reply says what it means.
//! 3. A reply is checked once, by `build()` or as it is read: one that the platform could not read is an [`InvalidReply`],
//!    which names the member. What is merely unusual passes. So a reply can be sent without a `Result`.
//! 4. What this crate doesn't know can be said all the same: each object has `with(name, value)` for other members, and
//!    `Action::other(name)` is an action of any name. What is read keeps its unknown members.
//! 5. A handler returns its reply by value. One whose URL gets notifications too returns an [`OptionalReply`].
//! 6. Phone numbers are [`Number`]s: digits, which each vendor gets as it reads them, as a JSON number or as text.

#[macro_use]
mod object;
mod body;
mod check;
mod invalid;
mod members;
mod number;
mod optional;

pub use self::body::ReplyBody;
pub(crate) use self::check::Place;
pub use self::invalid::InvalidReply;
pub(crate) use self::members::Members;
pub use self::number::Number;
pub use self::optional::OptionalReply;
