//! Typed, guarded, replay-safe telephony webhooks as [actix-web] middleware and extractors.
//!
//! The middleware goes on the resource of the webhook, so that it guards that resource and no other. The endpoint is
//! built once, outside `HttpServer::new(..)`, so that all workers share it:
//!
//! ```no_run
//! use actix_web::{App, HttpServer, Responder, web};
//! use callhook_actix::{Endpoint, Webhook, WebhookMiddleware, telecmi::{Event, Telecmi}};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! tracing_subscriber::fmt().init(); // Without it, nothing tells why a message was refused.
//! let endpoint = Endpoint::builder(Telecmi)
//!     .query_token("token", std::env::var("CALLHOOK_TOKEN")?)
//!     .build()?;
//! HttpServer::new(move || {
//!     App::new().service(
//!         web::resource("/webhooks/telecmi")
//!             .wrap(WebhookMiddleware::new(endpoint.clone()))
//!             .to(on_call),
//!     )
//! })
//! .bind("127.0.0.1:3000")?
//! .run()
//! .await?;
//!
//! async fn on_call(call: Webhook<Event>) -> impl Responder {
//!     match call.event() {
//!         Event::Cdr(cdr) => println!("{} {}", cdr.cmiuuid, cdr.status),
//!         other => println!("{other:?}"),
//!     }
//!     "thanks"
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Try it
//!
//! ```sh
//! curl -i -d '{"type":"cdr","status":"answered","cmiuuid":"leg-1"}' \
//!     "http://127.0.0.1:3000/webhooks/telecmi?token=$CALLHOOK_TOKEN"
//! ```
//!
//! The answer is 200. Sent again, the message is answered as a replay, without the handler. Without the token, the
//! answer is 401 with an empty body: the cause is in the log, under the target `callhook`, which `tracing_subscriber`
//! prints.
//!
//! # One endpoint for all workers
//!
//! `HttpServer::new` calls its closure once for each worker. An endpoint that is built inside of it exists once for
//! each worker, with a separate memory store: each of them handles its own copy of a message. A warning is then logged,
//! `a second endpoint of this name has a replay store of its own in memory`, once for each name.
//!
//! # What the middleware does
//!
//! 1. The middleware guards, reads the body, decodes it, and claims the message; then it calls the inner service, with
//!    the [`Delivery`] in the request's extensions and the body as it came, for whatever else reads it. It reads the
//!    bytes on the wire, which are those that a sender signs, whatever actix's compression features are.
//! 2. A refusal is an `Ok(ServiceResponse)`, never an `Err`, so that CORS and logging outside see it, with its
//!    [`Rejection`] in the response's extensions.
//! 3. The inner service's answer passes unchanged, after the claim was settled by its status: 2xx commits, everything
//!    else releases, so that the sender's next try is handled. The one exception is the
//!    [fallback](EndpointBuilder::fallback) for a request that waits for its answer, which middleware outside sees as
//!    an `Err`, because the request was the handler's. An `Err` of an inner middleware releases too.
//! 4. The middleware is ready when the inner service is. It calls that service once a message has passed its guards and
//!    was read: until then, a slow sender takes up none of its capacity. The number of waiting requests is not bounded
//!    here: see `HttpServer::max_connections`.
//! 5. When the sender resets the connection (a RST), the server drops the middleware's future, and with it the
//!    inner service's: the message is released, and handled when it comes again. A
//!    [detached](WebhookMiddleware::detached) middleware lets it finish instead. A sender that closes the connection in
//!    order (a FIN) is not noticed before the answer: the handler finishes, and its answer settles the message, unless
//!    `HttpServer::h1_allow_half_closed(false)` is set.
//! 6. Guards and signatures see the URL of the request's head. A scope leaves that as it was received; a middleware
//!    outside that rewrites it, such as `NormalizePath`, does not.
//! 7. What served as authentication is taken out of that URL and of the router's copy: `web::Query` doesn't have it,
//!    and a `{token}` in the path reads as asterisks. Routes inside an `App` or scope that is wrapped match the path
//!    so, too.
//! 8. actix lets only the sole holder of a request change it: if a middleware outside keeps a clone of the
//!    `HttpRequest` while it calls inwards, actix panics, as it does for its own middleware.
//! 9. A refusal that leaves a part of the body unread closes the connection, as actix does.
//!
//! Actix's extractors have limits of their own on what they read, 256 KiB for `web::Bytes`: raise `web::PayloadConfig`
//! and `web::JsonConfig` when you raise `max_body_bytes` beyond them. Actix answers `expect: 100-continue` by itself,
//! before any middleware: a sender that asks first may continue and is then refused.
//!
//! The peer's address is the socket's, as `HttpRequest::peer_addr` returns it; `realip_remote_addr` would believe
//! whatever a sender writes. Behind a proxy, name it with `EndpointBuilder::trusted_proxies`. In tests without a
//! server, `TestRequest::peer_addr` gives one.
//!
//! To receive messages without the middleware, use the extractor [`GuardedWebhook`].
//!
//! # Where to go next
//!
//! - **A caller waits for your answer**: [`callhook::answer`] has what the replies have in common, and
//!   [`EndpointBuilder::fallback`] what a caller is told when the handler fails.
//! - **One row for each call**: [`callhook::call`] puts the messages of a call together.
//! - **Which store to use**, where there are several processes or a restart must lose nothing: callhook's README
//!   [compares them](https://github.com/callhook/callhook#where-handled-messages-are-remembered).
//! - **What became of each request**: [`callhook::observe`] lists the outcomes and what is logged.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `testing`, `metrics`, `jiff`, `chrono` | [`callhook`]'s features of the same names |
//!
//! [actix-web]: https://docs.rs/actix-web

#![cfg_attr(docsrs, feature(doc_cfg))]

mod detach;
mod extract;
mod future;
mod guarded;
mod guarded_rejection;
mod middleware;
mod request;
mod respond;
mod service;
mod unread;
mod verify;

pub use callhook;
pub use callhook::answer::{self, InvalidReply, OptionalReply};
pub use callhook::auth::{self, HmacScheme, Secrets, Signed};
pub use callhook::error;
pub use callhook::providers::*;
pub use callhook::source::{AllowList, Forwarding};
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub use callhook::testing;
pub use callhook::{
    ConfigError, Delivery, Endpoint, EndpointBuilder, OnStoreFailure, Receipt, Rejection,
    RejectionKind, ReplayStatus, UncheckedReason, Unsettled,
};

pub use self::extract::{MissingMiddleware, Webhook};
pub use self::future::ResponseFuture;
pub use self::guarded::GuardedWebhook;
pub use self::guarded_rejection::GuardedWebhookRejection;
pub use self::middleware::WebhookMiddleware;
pub use self::service::WebhookService;
