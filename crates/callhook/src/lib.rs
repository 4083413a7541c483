//! Typed, guarded, replay-safe webhooks from cloud-telephony platforms.
//!
//! This crate is the framework-neutral core. Applications use an adapter, which re-exports it: `callhook-tower` for
//! axum and any tower stack, `callhook-actix` for actix-web.
//!
//! - [`Endpoint`]: one webhook URL's configuration, and the order of steps that each request goes through.
//! - [`telecmi`], [`piopiy`], [`voipappz`]: the platforms' messages as types. [`provider::Provider`] is the trait
//!   behind them, for platforms of your own, and [`CallEvent`] what the events of all of them have in common.
//! - [`call`]: one call from all of its messages. [`CallBook`] keeps calls in memory, and [`Call`] is what a
//!   store of your own keeps.
//! - [`replay`]: each message handled once and none lost. Which store to use is in the
//!   [README](https://github.com/callhook/callhook#where-handled-messages-are-remembered).
//! - [`Delivery`]: what a handler reads. What it answers to a request that waits is in [`telecmi::flow`],
//!   [`piopiy::pcmo`] and [`piopiy::pipeline`]; [`answer`] has what they share.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `testing` | [`testing`](https://docs.rs/callhook/latest/callhook/testing/): documented messages and whole calls to send in your own tests, and the suite that every replay store has to pass |
//! | `axum`, `actix-web` | [replies](answer) are that framework's responses; the adapters' crates turn it on |
//! | `metrics` | [`observe::Metrics`](https://docs.rs/callhook/latest/callhook/observe/struct.Metrics.html): an observer that counts over the `metrics` facade |
//! | `jiff`, `chrono` | [`value::Timestamp`] converts into these libraries' types |

#![cfg_attr(docsrs, feature(doc_cfg))]

#[macro_use]
pub mod value;

#[macro_use]
pub mod answer;

pub mod auth;
pub mod call;
pub mod clock;
pub mod error;
pub mod observe;
pub mod payload;
pub mod pipeline;
pub mod provider;
pub mod providers;
pub mod replay;
pub mod request;
pub mod source;
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;

mod deadline;
mod endpoint;
mod panic;
mod random;
mod rejection;
mod reply;
#[cfg(any(feature = "actix-web", feature = "axum"))]
mod respond;

pub use self::endpoint::{Endpoint, EndpointBuilder};
pub use self::error::ConfigError;
pub use self::pipeline::{
    Admitted, BrokenBody, Claimed, Delivery, HandlerOutcome, InnerBody, Unsettled, Verified,
};
pub use self::providers::*;
pub use self::rejection::{Rejection, RejectionKind};
pub use self::replay::{OnStoreFailure, Receipt, ReplayStatus, UncheckedReason};
pub use self::reply::{OUTCOME_HEADER, Reply};
