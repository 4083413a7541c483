//! The platforms, and the traits behind them. Adapters re-export all of it, so that a new platform is in each of them.

pub use crate::call::CallEvent;
pub use crate::provider::{Provider, piopiy, telecmi, voipappz};
