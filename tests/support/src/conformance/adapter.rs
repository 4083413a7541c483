//! What an adapter's tests implement to be put through the suite.

use callhook::Endpoint;
use callhook::telecmi::Event;

use super::Running;
use crate::{Codes, HangUp, Refusals, Server, TestHandler, builder};

/// An adapter under test.
pub trait Adapter {
    /// Whether a handler is dropped when its sender closes in good order (a FIN). One that breaks off (a RST) always
    /// has its handler dropped.
    const DROPS_AT_FIN: bool;

    /// Whether the server says `connection: close` where it refuses a request without having read its body. It closes
    /// the connection either way.
    const SAYS_CLOSE: bool;

    /// Serves the app. The server ends when it is dropped.
    ///
    /// Outside of the middleware, a layer of the framework's own gives the `Rejection` of each response, and what the
    /// response looks like when it is printed, to [`App::refusals`]. Behind the middleware, the handler gives what it
    /// can read of the request to [`TestHandler::receive`]. Every handler calls [`TestHandler::handle`] with its
    /// delivery and answers what that returns.
    fn serve(&self, app: App) -> impl Future<Output = Server>;

    /// The layer or the middleware of this endpoint, and whatever holds it, as printed with `{:?}` and `{:#?}`.
    fn printed(&self, endpoint: Endpoint<Event>) -> String;
}

/// What is to be served.
#[derive(Clone, Debug)]
pub struct App {
    pub endpoint: Endpoint<Event>,
    pub handler: TestHandler,
    pub mount: Mount,
    /// Of the router or scope that the route is in. Empty if it is in none.
    pub prefix: &'static str,
    /// Of the route. `{token}` is a segment.
    pub path: &'static str,
    /// Of a server that has threads of its own.
    pub workers: usize,
    pub refusals: Refusals,
}

/// How the handler gets its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mount {
    /// Behind the layer or the middleware.
    Layered,
    /// Behind a detached one.
    Detached,
    /// Without one, through the extractor, whose `process` runs the handler. An answer of 400 and above may be given as
    /// the handler's error.
    GuardedWebhook,
    /// Without one, and without calling `process`.
    Unprocessed,
}

impl App {
    /// The handler at `/hook`, behind the layer.
    pub(super) fn new(endpoint: Endpoint<Event>) -> Self {
        Self {
            endpoint,
            handler: TestHandler::default(),
            mount: Mount::Layered,
            prefix: "",
            path: "/hook",
            workers: 1,
            refusals: Refusals::default(),
        }
    }

    pub(super) fn mount(self, mount: Mount) -> Self {
        Self { mount, ..self }
    }

    pub(super) fn handler(self, handler: &TestHandler) -> Self {
        let handler = handler.clone();
        Self { handler, ..self }
    }

    pub(super) fn path(self, prefix: &'static str, path: &'static str) -> Self {
        Self {
            prefix,
            path,
            ..self
        }
    }

    pub(super) fn workers(self, workers: usize) -> Self {
        Self { workers, ..self }
    }

    pub(super) async fn start(self, adapter: &impl Adapter) -> Running {
        let running = self.clone();
        Running::new(adapter.serve(self).await, running)
    }

    /// One whose outcomes are kept.
    pub(super) async fn observed(adapter: &impl Adapter, mount: Mount) -> (Running, Codes) {
        let codes = Codes::default();
        let endpoint = builder().observer(codes.observer()).build();
        let app = Self::new(endpoint.expect("a valid endpoint")).mount(mount);
        (app.start(adapter).await, codes)
    }
}

impl HangUp {
    /// The ways that have the handler dropped.
    pub(super) fn that_drop<A: Adapter>(_: &A) -> &'static [Self] {
        if A::DROPS_AT_FIN {
            &Self::ALL
        } else {
            &[Self::Reset]
        }
    }
}
