//! An example, its board in a browser, and what is sent: [`Scene`].

use callhook::testing::calls::{CallMessage, Edition, Encoding, Scenario, SimulatedCall};
use callhook_board::{Browser, Page};
use callhook_test_support::request;

use crate::example::Example;

pub(crate) struct Scene {
    pub(crate) example: Example,
    pub(crate) page: Page,
}

impl Scene {
    /// With the board open.
    pub(crate) fn new() -> Self {
        let scene = Self {
            example: Example::start(),
            page: Browser::shared().page(),
        };
        scene.open();
        scene
    }

    /// Opens the board, and waits until it updates by itself.
    pub(crate) fn open(&self) {
        self.page.open(&url(&self.example));
        self.page.wait_for(IS_LIVE);
    }

    pub(crate) fn send(&self, call: &SimulatedCall) {
        for message in call.messages() {
            self.send_one(call, message);
        }
    }

    pub(crate) fn send_one(&self, call: &SimulatedCall, message: &CallMessage) {
        let path = format!("/webhooks/{}", call.edition().platform());
        let sent = message.request(Encoding::Json);
        let target = sent.uri(&self.example.target_at(&path));
        let headers = [("content-type", "application/json")];
        let request = request(sent.method, &target, &headers, sent.body.as_bytes());
        let answer = self.example.exchange(&request);
        assert_eq!(answer.status, 200, "{call:?}, {message:?}: {answer:?}");
    }

    /// Posts TeleCMI's fields.
    pub(crate) fn post(&self, json: &str) {
        let answer = self.example.post(json);
        assert_eq!(answer.status, 200, "{json}: {answer:?}");
    }
}

/// Where an example has its board.
pub(crate) fn url(example: &Example) -> String {
    format!("http://{}/", example.private.expect("a private listener"))
}

pub(crate) fn call(scenario: Scenario, edition: Edition, seed: u64) -> SimulatedCall {
    SimulatedCall::of_edition(scenario, edition, seed).expect("the edition reports it")
}

/// An inbound call of TeleCMI that goes on, or its record.
pub(crate) fn inbound(id: &str, from: &str, agent: &str, is_over: bool) -> String {
    let (kind, status) = if is_over {
        ("cdr", "answered")
    } else {
        ("event", "started")
    };
    serde_json::json!({
        "type": kind,
        "status": status,
        "cmiuuid": id,
        "conversation_uuid": id,
        "direction": "inbound",
        "leg": "a",
        "from": from,
        "to": "440000000000",
        "user": agent,
        "answeredsec": 61,
    })
    .to_string()
}

pub(crate) const IS_LIVE: &str = "document.querySelector('#status').dataset.state === 'live'";
