//! What is measured: one webhook route on axum and on actix, bare, with callhook and by hand, and the messages for it.
//!
//! The program sends them over sockets; the benches call the routes in their own process.

pub mod app;
pub mod kind;
pub mod message;
