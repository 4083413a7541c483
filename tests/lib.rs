//! The code in the README, which compiles. The tests are in `main.rs`.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[derive(Debug)]
pub struct Readme;
