//! An app under test, once it is served.

use std::cell::Cell;
use std::ops::Deref;
use std::time::Duration;

use callhook::telecmi::Event;
use callhook::{Endpoint, RejectionKind};

use super::App;
use crate::{Refusal, Reply, Server, TOKEN, TestHandler, cdr, post};

/// An app and its server.
#[derive(Debug)]
pub struct Running {
    server: Server,
    pub endpoint: Endpoint<Event>,
    pub handler: TestHandler,
    app: App,
}

impl Running {
    pub(super) fn new(server: Server, app: App) -> Self {
        Self {
            server,
            endpoint: app.endpoint.clone(),
            handler: app.handler.clone(),
            app,
        }
    }

    /// What the last response told outer layers.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.app.refusals.last()
    }

    /// The last response, as printed by the framework.
    pub(super) fn printed(&self) -> String {
        self.app.refusals.last_printed()
    }

    /// The kind and the code of the last refusal.
    pub(super) fn refused_as(&self) -> Option<(RejectionKind, &'static str)> {
        self.refusal().map(|refusal| (refusal.kind, refusal.code))
    }

    /// Sends all of it, or as much as the server takes before it answers.
    pub(super) async fn send_until_answered(&self, request: impl AsRef<[u8]>) -> Reply {
        let request = Cell::new(Some(request.as_ref().to_vec()));
        let mut sender = self.connect().await;
        sender
            .send_while_reading(|| request.take(), Duration::ZERO)
            .await
    }

    /// The handler's answer.
    pub(super) async fn is_handled(&self, request: impl AsRef<[u8]>, status: u16) {
        let request = request.as_ref();
        let reply = self.ask(request).await;
        let case = beginning(request);
        assert_eq!(told(&reply), (status, None), "{case}");
        assert_eq!(self.refusal(), None, "the handler refused: {case}");
    }

    /// 200 without a body, and without the handler.
    pub(super) async fn is_replay(&self, request: impl AsRef<[u8]>) {
        let request = request.as_ref();
        let runs = self.handler.runs();
        let reply = self.ask(request).await;
        let case = beginning(request);
        assert_eq!(told(&reply), (200, Some("replay")), "{case}");
        assert_eq!(reply.body, b"", "{case}");
        assert_eq!(self.refusal(), None, "{case}");
        assert_eq!(self.handler.runs(), runs, "{case}");
    }

    /// 503 while a copy is handled.
    pub(super) async fn is_in_flight(&self, request: impl AsRef<[u8]>) {
        let request = request.as_ref();
        let reply = self.ask(request).await;
        let case = beginning(request);
        assert_eq!(told(&reply), (503, Some("in_flight")), "{case}");
        assert!(reply.header("retry-after").is_some(), "{case}");
        let expected = (RejectionKind::InFlight, "in_flight");
        assert_eq!(self.refused_as(), Some(expected), "{case}");
    }

    /// The server still works.
    pub(super) async fn goes_on(&self) {
        let runs = self.handler.runs();
        let body = cdr(&format!("after {runs} others"));
        self.is_handled(post(body), 204).await;
        assert_eq!(self.handler.runs(), runs + 1);
    }
}

impl Deref for Running {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

/// What a reply tells its sender.
pub(super) fn told(reply: &Reply) -> (u16, Option<&str>) {
    (reply.status, reply.outcome())
}

fn beginning(request: &[u8]) -> String {
    request[..request.len().min(300)].escape_ascii().to_string()
}

/// A POST's head with the token and these header lines.
pub(super) fn head(lines: &str) -> Vec<u8> {
    format!("POST /hook?token={TOKEN} HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n").into_bytes()
}
