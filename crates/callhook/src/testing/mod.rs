//! For tests: documented payloads, whole calls, and the suite that every replay store has to pass.

pub mod calls;
mod corpus;
mod sample;
mod store_acceptance;
mod store_races;

#[cfg(test)]
mod broken_races;
#[cfg(test)]
mod broken_stores;

pub use self::corpus::{corpus, piopiy, telecmi, voipappz};
pub use self::sample::Sample;
pub use self::store_acceptance::{full_store_acceptance, store_acceptance};
