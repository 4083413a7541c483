//! Puts a simulated call through a server.

use callhook::testing::platform::{InteractiveCall, Report};

use crate::{Server, request};

/// What the platform is told the app's URL is.
const BASE: &str = "http://app.example";

/// Where messages go.
pub(super) const WEBHOOK: &str = "http://app.example/hook?token=a-token-of-24-characters";

/// Where keys go: the same endpoint, and still another URL.
pub(super) const ACTION_URL: &str =
    "http://app.example/hook?menu=main&token=a-token-of-24-characters";

/// Sends all that the platform sends, one after the other.
pub(super) async fn drive(server: &Server, mut call: InteractiveCall) -> Report {
    while let Some(next) = call.next_request() {
        let target = next.url().strip_prefix(BASE).expect("a URL of the app");
        assert_eq!(
            target.contains("menu=main"),
            next.message().kind() == "dtmf"
        );
        let json = next.json();
        let headers = [("content-type", "application/json")];
        let mut wire = server
            .begin(request("POST", target, &headers, json.as_bytes()))
            .await;
        match wire.reply().await {
            Some(reply) => {
                let content_type = reply.header("content-type");
                // What can't be read is a step of the report.
                let _ = call.answered(reply.status, content_type, &reply.body);
            }
            None => call.not_answered(),
        }
    }
    call.into_report()
}
