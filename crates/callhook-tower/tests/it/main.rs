//! The layer and the extractor, driven as a server drives them: under `tower-test`'s mock, in an axum `Router`, and over
//! real sockets.

mod access;
mod auto_traits;
mod axum_app;
mod bad_input;
mod concurrent;
mod disconnect;
mod limit;
mod mock;
mod secrets;
mod settle;
mod support;
mod unlayered;
