//! What became of requests.

use callhook_test_support::request;
use serde_json::json;

use crate::scene::{Scene, inbound};

/// The count of a code, or 0.
fn count(code: &str) -> String {
    format!("Number(document.querySelector('#requests tr[data-code={code}] td')?.innerText ?? 0)")
}

#[test]
fn refusals_replays_and_what_was_not_understood_are_counted_by_reason() {
    let scene = Scene::new();
    let (example, page) = (&scene.example, &scene.page);
    assert!(
        page.text("document.querySelector('#requests').innerText")
            .contains("No request")
    );
    let message = inbound("a", "440000000001", "101", true);
    for _ in 0..3 {
        let forged = request(
            "POST",
            "/webhooks/telecmi?token=wrong",
            &[],
            message.as_bytes(),
        );
        assert_eq!(example.exchange(&forged).status, 401);
    }
    page.wait_for(&format!("{} === 3", count("unauthenticated")));
    // A stranger's request is no sign of life of the platform.
    let heard = "document.querySelector('#heard').innerText";
    assert!(page.text(heard).contains("no message yet, last request"));
    assert!(
        page.text(heard).contains("piopiy nothing yet"),
        "{}",
        page.text(heard)
    );

    for _ in 0..3 {
        assert_eq!(example.post(&message).status, 200);
    }
    assert_eq!(example.post("{").status, 400);
    assert_eq!(
        example
            .post(r#"{"CallStatus":"completed","cmiuuid":"d"}"#)
            .status,
        200
    );
    for (code, times) in [
        ("handled", 2),
        ("replay", 2),
        ("malformed", 1),
        ("unrecognized", 1),
        ("unauthenticated", 3),
    ] {
        page.wait_for(&format!("{} === {times}", count(code)));
    }
    page.wait_for(&format!("{heard}.includes('telecmi last message')"));
    // What went wrong comes first.
    let codes = "[...document.querySelectorAll('#requests tbody tr')].map(row => row.dataset.code)";
    let expected = json!([
        "malformed",
        "unauthenticated",
        "unrecognized",
        "handled",
        "replay"
    ]);
    assert_eq!(page.value(codes), expected);
    assert_eq!(page.errors(), [""; 0]);
}

#[test]
fn how_long_ago_anything_came_is_counted_on_without_news() {
    let scene = Scene::new();
    scene.post(&inbound("a", "440000000001", "101", true));
    // Any number, and then another: how fast the machine is decides which.
    let ago =
        "document.querySelector('#heard').innerText.match(/telecmi last message ([^,]*) ago/)?.[1]";
    scene
        .page
        .wait_for(&format!("(window.first = {ago}) !== undefined"));
    scene
        .page
        .wait_for(&format!("({ago} ?? window.first) !== window.first"));
}
