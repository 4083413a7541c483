//! An example server as its users meet it: a process of its own, driven over real sockets.
//!
//! Nothing here links the product, but for `proxies::server` and `parity::server`, which have settings that the examples have
//! no variables for, `recipes`, which runs what the README shows, `calls`, `courses` and `database`, whose calls are what
//! `callhook::testing` generates.
//! Run it with `tests/run`, which builds the examples first and lets each have its turn: `CALLHOOK_EXAMPLE` names the one
//! that is driven, `example-axum` unless it is set.

mod access;
mod bad_input;
mod calls;
mod concurrency;
mod courses;
mod database;
mod diagnostics;
mod encodings;
mod example;
mod field;
mod flood;
mod imports;
mod ivr;
mod messages;
mod parity;
mod piopiy;
mod process;
mod proxies;
mod proxy;
mod recipes;
mod rules;
mod signatures;
mod slow;
mod timeline;
mod unreadable;
mod voipappz;
mod wire;
