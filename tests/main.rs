//! The example server as its users meet it: a process of its own, driven over real sockets.
//!
//! Nothing here links the product. Run it with `tests/run`, which builds the example first.

mod access;
mod bad_input;
mod concurrency;
mod encodings;
mod example;
mod http;
mod messages;
mod piopiy;
mod process;
mod rules;
mod signatures;
mod timeline;
mod voipappz;
mod wire;
