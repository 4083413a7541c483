//! The layer and the extractor, driven as a server drives them: under `tower-test`'s mock, in an axum `Router`, and over
//! real sockets.

mod access;
mod auto_traits;
mod axum_app;
mod body;
mod catch_panic;
mod conformance;
mod faulty;
mod guarded;
mod ivr;
mod limit;
mod mock;
mod replies;
mod support;
