//! The platforms, the traits behind them, and calls of all of them. Adapters re-export all of it, so that a new platform is in each of them.

pub use crate::call::{Call, CallBook, CallEvent};
pub use crate::provider::{Provider, piopiy, telecmi, voipappz};
