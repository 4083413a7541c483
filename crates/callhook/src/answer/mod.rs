//! What the replies to waiting requests have in common: how one is sent, and what is wrong with one that the platform could
//! not read.
//!
//! The replies themselves are with their platforms: [`telecmi::flow`](crate::telecmi::flow),
//! [`piopiy::pcmo`](crate::piopiy::pcmo) and [`piopiy::pipeline`](crate::piopiy::pipeline).

mod body;

pub use self::body::ReplyBody;
