//! For tests: documented payloads, and the suite that every replay store has to pass.

mod corpus;
mod store_acceptance;

pub use self::corpus::{Sample, corpus};
pub use self::store_acceptance::*;
