//! The middleware and the extractors, driven as a server drives them: in an app without a socket, and over real ones.

mod access;
mod app;
mod auto_traits;
mod compression;
mod concurrent;
mod conformance;
mod disconnect;
mod guarded;
mod ivr;
mod places;
mod replies;
mod support;
mod url;
