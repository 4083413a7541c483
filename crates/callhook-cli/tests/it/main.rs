//! The program, as its users run it.

mod call;
mod decode;
mod errors;
mod examples;
mod explain;
mod fixed;
#[cfg(all(feature = "postgres", feature = "redis", feature = "sqlite"))]
mod forget;
mod help;
mod listen;
mod load;
mod program;
mod redact;
mod replay;
mod send;
mod server;
mod signatures;
mod support;
