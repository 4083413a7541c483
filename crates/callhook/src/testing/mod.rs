//! For tests: documented payloads, whole calls, a platform that takes your answers, and the suite that every replay store has to pass.

pub mod calls;
mod corpus;
pub mod platform;
mod sample;
mod store_acceptance;
mod store_races;

#[cfg(test)]
mod broken_races;
#[cfg(test)]
mod broken_stores;

pub use self::corpus::{corpus, named_samples, piopiy, telecmi, voipappz};
pub use self::sample::Sample;
pub use self::store_acceptance::{full_store_acceptance, store_acceptance};
