//! For tests: documented payloads, and the suite that every replay store has to pass.

mod corpus;
mod store_acceptance;

#[cfg(test)]
mod broken_stores;

pub use self::corpus::{Sample, corpus};
pub use self::store_acceptance::{full_store_acceptance, store_acceptance};
