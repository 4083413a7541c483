//! The code in the README, which compiles, and what the crash server shares with its tests. The tests are in `main.rs` and
//! in `crash/`.

#[path = "crash/log.rs"]
mod log;

pub use self::log::*;

/// The README's code.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[derive(Debug)]
pub struct Readme;
