//! The program, as its users run it.

mod decode;
mod errors;
mod explain;
#[cfg(all(feature = "postgres", feature = "redis", feature = "sqlite"))]
mod forget;
mod help;
mod redact;
mod signatures;
mod support;
