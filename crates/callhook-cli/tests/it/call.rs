use callhook::testing::calls::{Platform, Scenario};

use crate::fixed::Fixed;
use crate::program::run;
use crate::server::Server;

#[test]
fn whole_calls_in_any_order_and_twice_are_what_is_right_at_the_server() {
    let server = Server::start();
    for platform in Platform::ALL {
        for scenario in Scenario::ALL {
            if !scenario.is_reported_by(*platform) {
                continue;
            }
            let url = server.url(&format!("/webhooks/{platform}"));
            let check = server.url("/calls");
            let arguments = format!(
                "call --scenario {scenario} --shuffle --copies 2 --resend --seed 7 --to {url} --check {check}"
            );
            let ran = run(&arguments);
            assert_eq!(ran.code, Some(0), "{arguments}: {ran:?}");
            assert!(ran.out.starts_with("seed 7, edition "), "{ran:?}");
            assert!(ran.out.contains("The server agrees."), "{ran:?}");
        }
    }
}

#[test]
fn a_difference_is_told_and_is_no_success() {
    let server = Server::start();
    let url = server.url("/webhooks/telecmi");
    let check = server.url("/calls");
    let ran = run(&format!(
        "call --scenario inbound-answered --edition chub --drop cdr --seed 7 --json --to {url} --check {check}"
    ));
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let json = ran.json();
    let differences = json["differences"].as_array().expect("an array");
    assert!(
        differences.iter().any(|difference| difference
            .as_str()
            .is_some_and(|text| text.starts_with("`talk_seconds`"))),
        "{json}"
    );
    assert!(
        json["messages"]
            .as_array()
            .is_some_and(|messages| messages.iter().all(|message| message["kind"] == "live"))
    );
}

#[test]
fn answers_decide_what_follows() {
    let server = Server::start();
    let url = server.url("/webhooks/piopiy");
    let follow = |more: &str| {
        run(&format!(
            "call --follow --to {url} --check {} {more}",
            server.url("/calls")
        ))
    };
    let talked = follow("--presses 1");
    assert_eq!(talked.code, Some(0), "{talked:?}");
    assert!(
        talked
            .out
            .contains("the caller presses 1\n  asks: dtmf\n  rings 919000000001"),
        "{talked:?}"
    );
    let busy = follow("--presses nothing --presses 1 --agents busy");
    assert!(
        busy.out.contains("919000000001 is busy") || busy.out.contains("presses nothing"),
        "{busy:?}"
    );
    let gone = follow("--presses hangup");
    assert!(
        gone.out.contains("the caller hangs up") && !gone.out.contains("asks: dtmf"),
        "{gone:?}"
    );

    let silent = run(&format!(
        "call --follow --provider telecmi --to {}",
        server.url("/silent")
    ));
    assert_eq!(silent.code, Some(1), "{silent:?}");
    assert!(silent.out.contains("silence: "), "{silent:?}");
}

#[test]
fn losses_and_refusals_are_counted() {
    let server = Server::start();
    let url = server.url("/webhooks/telecmi");
    let lost = run(&format!(
        "call --scenario inbound-answered --lose 1 --seed 7 --json --to {url}"
    ));
    let json = lost.json();
    assert_eq!(
        (lost.code, json["messages"].as_array().map(Vec::len)),
        (Some(0), Some(0))
    );
    assert!(json["lost"].as_u64().is_some_and(|lost| lost > 0), "{json}");
    assert_eq!(server.handled(), 0);

    let refused = run(&format!(
        "call --scenario inbound-answered --provider telecmi --to {}",
        server.url("/broken")
    ));
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.out.contains(" 0 handled, "), "{refused:?}");
}

#[test]
fn what_no_call_can_be_made_of_is_refused() {
    let server = Server::start();
    let url = server.url("/webhooks/telecmi");
    for (arguments, told) in [
        ("--scenario nothing".to_owned(), "inbound-two-agents"),
        (
            "--scenario inbound-busy".to_owned(),
            "telecmi does not report",
        ),
        (
            "--scenario inbound-answered --edition piopiy-2022 --provider telecmi".to_owned(),
            "--edition",
        ),
        (
            "--scenario inbound-answered --drop nothing".to_owned(),
            "it has ",
        ),
        (
            "--scenario inbound-answered --follow".to_owned(),
            "--follow",
        ),
        ("--scenario inbound-answered --lose 2".to_owned(), "0 to 1"),
        ("--follow --presses x".to_owned(), "keys are"),
        (
            "--follow --provider voipappz".to_owned(),
            "no requests that wait",
        ),
        (String::new(), "--scenario"),
    ] {
        let ran = run(&format!("call {arguments} --to {url}"));
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (Some(2), ""),
            "{arguments}: {ran:?}"
        );
        assert!(ran.err.contains(told), "{arguments}: {ran:?}");
    }
    assert_eq!(server.handled(), 0);
}

#[test]
fn an_answer_does_not_lead_to_another_host() {
    let menu = r#"[{"action":"play_get_input","file_name":"menu.wav","action_url":"http://calls.invalid/menu?token=hunter2"}]"#;
    let server =
        Fixed::start(|_| Some(("200 OK\r\ncontent-type: application/json", menu.to_owned())));
    let follow = |more: &str| {
        run(&format!(
            "call --follow --presses 1 --seed 7 --provider piopiy --to {} {more}",
            server.url("/webhooks/piopiy")
        ))
    };
    let ran = follow("");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.out.contains("another host, calls.invalid")
            && ran.out.contains("; 1 not sent to another host")
            && !ran.out.contains("hunter2"),
        "{ran:?}"
    );
    let faults = |ran: &crate::program::Ran| -> Vec<serde_json::Value> {
        let messages = ran.json()["messages"].as_array().expect("an array").clone();
        let faults = messages.iter().map(|message| message["fault"].clone());
        faults.filter(|fault| !fault.is_null()).collect()
    };
    assert_eq!(faults(&follow("--json")), ["elsewhere"]);
    let owned = follow("--json --i-own-this-host calls.invalid");
    assert_eq!(faults(&owned), ["dns"]);
}
