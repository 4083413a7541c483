//! Calls that go on, and end.

use callhook::testing::calls::{Edition, Scenario};
use serde_json::json;

use crate::scene::{Scene, call};

const OPEN: &str =
    "[...document.querySelectorAll('#open > li')].map(row => row.innerText).join('\\n\\n')";
const OVER: &str =
    "[...document.querySelectorAll('#over > li')].map(row => row.innerText).join('\\n\\n')";

#[test]
fn a_call_appears_changes_and_ends_while_the_page_is_open() {
    let scene = Scene::new();
    let page = &scene.page;
    assert_eq!(
        page.number("document.querySelectorAll('li.call').length"),
        0.0
    );
    page.value("window.isSameDocument = true");

    let call = call(Scenario::InboundAnswered, Edition::ChubLive, 7);
    let right = call.right_answers();
    let customer = right.customer.as_ref().expect("a customer").as_str();
    let mut seen = Vec::new();
    for message in call.messages() {
        let before = page.text(&format!("{OPEN} + {OVER}"));
        scene.send_one(&call, message);
        // Each message says more, until the record says how the call came out.
        let count = scene.example.calls();
        let count = &count[0]["messages"];
        assert!(count.as_u64() >= Some(1), "{before}");
        page.wait_for("document.querySelectorAll('li.call').length === 1");
        let state = "document.querySelector('li.call .state').innerText";
        let expected = scene.example.calls();
        let expected = match &expected[0] {
            call if call["is_ended"] == true => "Answered",
            call if call["agents"]
                .as_array()
                .is_some_and(|agents| agents.iter().any(|agent| agent["answered"] == true)) =>
            {
                "Talking"
            }
            _ => "Ringing",
        };
        page.wait_for(&format!("{state} === {}", json!(expected)));
        if seen.last() != Some(&expected) {
            seen.push(expected);
        }
    }
    assert_eq!(seen, ["Ringing", "Talking", "Answered"]);
    page.wait_for("document.querySelector('#open').childElementCount === 0");
    let agent = right.answered_by.as_deref().expect("an agent");
    // The record comes last, and tells for how long they talked.
    for part in [customer, agent, "Answered", "calls in", "ended", "talked"] {
        page.wait_for(&format!("({OVER}).includes({})", json!(part)));
    }
    assert_eq!(
        page.text("document.querySelector('#open-count').innerText"),
        "0"
    );
    assert_eq!(
        page.text("document.querySelector('#over-count').innerText"),
        "1"
    );
    let row = page.text("document.querySelector('#agents tbody tr').innerText");
    let cells: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(&cells[..4], [agent, "0", "1", "0"], "{row}");
    assert_eq!(page.value("window.isSameDocument"), true);
    assert_eq!(page.errors(), [""; 0]);
}

#[test]
fn calls_of_each_platform_are_shown_as_they_came_out_and_a_call_that_is_rejoined_is_one_row() {
    let scene = Scene::new();
    let calls = [
        (Scenario::InboundMissed, Edition::Piopiy2024, "Missed"),
        (
            Scenario::InboundAbandoned,
            Edition::Voipappz,
            "Caller gave up",
        ),
        (Scenario::InboundVoicemail, Edition::ChubLive, "Voicemail"),
        (Scenario::InboundBusy, Edition::Voipappz, "Busy"),
        (Scenario::OutboundNoAnswer, Edition::Piopiy2022, "No answer"),
        (Scenario::OutboundRefused, Edition::Chub, "Declined or busy"),
        (Scenario::OutboundCancelled, Edition::Chub, "Cancelled"),
        (
            Scenario::OutboundAgentNoAnswer,
            Edition::Chub,
            "Agent did not answer",
        ),
        (Scenario::InboundTwoAgents, Edition::ChubIndia, "Answered"),
    ];
    for (scenario, edition, _) in calls {
        // Parts that turn out to be one call only by a later message are rows that go.
        scene.send(&call(scenario, edition, 3).shuffled(5));
    }
    let expected: Vec<&str> = calls.iter().rev().map(|(.., word)| *word).collect();
    let states = "[...document.querySelectorAll('#over .state')].map(state => state.innerText)";
    let sorted = |mut words: Vec<&str>| {
        words.sort_unstable();
        json!(words).to_string()
    };
    scene.page.wait_for(&format!(
        "JSON.stringify({states}.sort()) === JSON.stringify({})",
        sorted(expected)
    ));
    assert_eq!(scene.page.text(OPEN), "");
    // What the server writes when it is asked again is what the events made of the page.
    let html =
        "[...document.querySelectorAll('#over > li')].map(row => row.dataset.key).sort().join()";
    let live = scene.page.text(html);
    scene.open();
    assert_eq!(scene.page.text(html), live);
    assert_eq!(scene.page.errors(), [""; 0]);
}

#[test]
fn without_javascript_the_page_shows_what_there_was_and_says_that_it_does_not_update() {
    let scene = Scene::new();
    scene.send(&call(Scenario::InboundAnswered, Edition::ChubLive, 7));
    let ended = "document.querySelectorAll('#over > li').length === 1";
    scene.page.wait_for(ended);
    let page = callhook_board::Browser::shared().page();
    page.call(
        "Emulation.setScriptExecutionDisabled",
        json!({"value": true}),
    );
    page.open(&crate::scene::url(&scene.example));
    page.wait_for(ended);
    let text = page.text("document.body.innerText");
    assert!(text.contains("Here it is off: reload the page."), "{text}");
    assert!(text.contains("As of"), "{text}");
    assert_eq!(
        page.value("document.querySelector('#filter-row').hidden"),
        true
    );
    assert_eq!(page.errors(), [""; 0]);
}
