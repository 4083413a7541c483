//! Typed, guarded, replay-safe telephony webhooks as a [tower] layer, with an extractor for [axum].
//!
//! The layer goes on the route of the webhook, so that it guards that route and no other:
//!
#![cfg_attr(feature = "axum", doc = "```no_run")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use axum::{Router, routing::any};
//! use callhook_tower::{Endpoint, Webhook, WebhookLayer, telecmi::{Event, Telecmi}};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! tracing_subscriber::fmt().init(); // Without it, refused messages leave no trace.
//! let endpoint = Endpoint::builder(Telecmi)
//!     .query_token("token", std::env::var("CALLHOOK_TOKEN")?)
//!     .build()?;
//! let app: Router = Router::new()
//!     .route("/webhooks/telecmi", any(on_call).layer(WebhookLayer::new(endpoint)));
//! axum::serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?, app).await?;
//!
//! async fn on_call(call: Webhook<Event>) {
//!     match call.event() {
//!         Event::Cdr(cdr) => println!("{} {}", cdr.cmiuuid, cdr.status),
//!         other => println!("{other:?}"),
//!     }
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
//! # What the layer does
//!
//! 1. The layer guards, reads the body, decodes it, and claims the message; then it calls the inner service, with the
//!    [`Delivery`] in the request's extensions and the body as it came, for whatever else reads it.
//! 2. A refusal is a response, never an error, with its [`Rejection`] in the response's extensions.
//! 3. The inner service's answer passes unchanged, after the claim was settled by its status: 2xx commits, everything
//!    else releases, so that the sender's next try is handled. The one exception is the
//!    [fallback](EndpointBuilder::fallback) for a request that waits for its answer.
//! 4. The layer is always ready, and makes the inner service ready once a message has passed its guards and was read:
//!    a slow sender holds no place in an inner concurrency limit. What it waits for then is not part of the lease. A
//!    copy of a message waits in the same way before it is recognised as one. The number of waiting requests is not
//!    bounded here: put a limit on connections, or a load shed with its own limit, outside.
//! 5. When the sender hangs up, the server drops the layer's future, and with it the inner service's: the message is
//!    released, and handled when it comes again. A [detached](WebhookLayer::detached) layer lets it finish instead.
//! 6. Guards and signatures see the URL as it was received (axum's `OriginalUri` where there is one), whatever a nested
//!    router or a middleware has made of it since.
//! 7. It needs a tokio runtime with its timer enabled, for the deadline of a body that stops arriving.
//!
//! Hyper, and so axum, treats a sender that closes its sending half of the connection after the request as one
//! that hung up, unless the server is built with hyper's `half_close(true)`.
//!
//! Register the route for every method, with `any(..)`: with `post(..)`, axum answers a GET's message with 405 after
//! the layer let it pass. To accept POST only, call [`post_only`](EndpointBuilder::post_only).
//!
//! axum's own limit of 2 MB on what a handler's `Bytes` may hold is not the layer's: raise it with `DefaultBodyLimit`
//! when you raise `max_body_bytes` beyond it.
//!
//! The peer's address is taken from axum's `ConnectInfo<SocketAddr>` (feature `axum`), or from [`PeerAddr`] in the
//! request's extensions. Serve with `into_make_service_with_connect_info::<SocketAddr>()`; in tests without a server,
//! axum's layer `MockConnectInfo` gives one.
//!
//! # In your own tests
//!
//! With the feature `testing`, [whole calls](https://docs.rs/callhook/latest/callhook/testing/calls/) as the platforms
//! send them go through your router:
//!
#![cfg_attr(all(feature = "axum", feature = "testing"), doc = "```")]
#![cfg_attr(not(all(feature = "axum", feature = "testing")), doc = "```ignore")]
//! use axum::{Router, body::Body, http::Request, routing::any};
//! use callhook_tower::callhook::testing::calls::{Encoding, Platform, Scenario, SimulatedCall};
//! use callhook_tower::{Endpoint, Webhook, WebhookLayer, telecmi::{Event, Telecmi}};
//! use tower::ServiceExt;
//!
//! async fn on_call(call: Webhook<Event>) { /* .. */ }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint = Endpoint::builder(Telecmi).query_token("token", "a-token-of-16-bytes-or-more").build()?;
//! let app: Router = Router::new()
//!     .route("/webhooks/telecmi", any(on_call).layer(WebhookLayer::new(endpoint)));
//!
//! let call = SimulatedCall::new(Scenario::InboundTwoAgents, Platform::Telecmi, 7)?.with_copies(2).shuffled(7);
//! for message in call.messages() {
//!     let sent = message.request(Encoding::Json);
//!     let uri = sent.uri("/webhooks/telecmi?token=a-token-of-16-bytes-or-more");
//!     let mut request = Request::builder().method(sent.method).uri(uri);
//!     if let Some(content_type) = sent.content_type {
//!         request = request.header("content-type", content_type);
//!     }
//!     let response = app.clone().oneshot(request.body(Body::from(sent.body))?).await?;
//!     assert_eq!(response.status(), 200);
//! }
//! // Now check what your application made of the call:
//! assert_eq!(call.right_answers().outcome, Some("answered"));
//! # Ok(())
//! # }
//! ```
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
//! | `axum` | the extractors `Webhook` and `GuardedWebhook`, [replies](callhook::answer) as answers of handlers, and the peer's address from axum's `ConnectInfo` |
//! | `testing`, `metrics`, `jiff`, `chrono` | [`callhook`]'s features of the same names |
//!
//! [tower]: https://docs.rs/tower
//! [axum]: https://docs.rs/axum

#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod detach;
#[cfg(feature = "axum")]
mod extract;
mod future;
#[cfg(feature = "axum")]
mod guarded;
mod layer;
mod request;
mod respond;
mod service;
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

pub use self::body::ResponseBody;
#[cfg(feature = "axum")]
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
pub use self::extract::{MissingLayer, Webhook};
pub use self::future::ResponseFuture;
#[cfg(feature = "axum")]
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
pub use self::guarded::{GuardedWebhook, GuardedWebhookRejection};
pub use self::layer::WebhookLayer;
pub use self::request::PeerAddr;
pub use self::service::WebhookService;
