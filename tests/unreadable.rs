//! What the examples keep of messages that they don't understand.

use callhook_test_support::request;

use crate::example::Example;

#[test]
fn what_was_not_understood_is_shown_with_its_bytes_and_why_and_nothing_of_strangers() {
    let example = Example::start();
    // As the greeting has it, of another platform.
    let piopiy = example.target().replace("telecmi", "piopiy");
    let fax = r#"{"type":"fax","pages":"2"}"#;
    let sent: [(&str, &[u8], u16); 6] = [
        (&example.target(), b"{\"cmiuuid\":", 400),
        (&piopiy, b"\xff{}", 400),
        (&example.target(), fax.as_bytes(), 200),
        ("/webhooks/telecmi?token=wrong", b"{\"stranger", 401),
        ("/webhooks/telecmi", fax.as_bytes(), 401),
        (
            &example.target(),
            br#"{"type":"event","status":"started","cmiuuid":"1"}"#,
            200,
        ),
    ];
    for (target, body, status) in sent {
        let answer = example.exchange(&request("POST", target, &[], body));
        assert_eq!(answer.status, status, "{target}");
    }

    let shown = example.unreadable();
    let told: Vec<_> = shown
        .iter()
        .map(|message| {
            let of = |name: &str| message[name].as_str();
            (of("endpoint"), of("text"), of("base64"))
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some("telecmi"), Some("{\"cmiuuid\":"), None),
            (Some("piopiy"), None, Some("/3t9")),
            (Some("telecmi"), Some(fax), None),
        ]
    );
    for message in &shown {
        assert!(message["at_millis"].as_u64() > Some(1_600_000_000_000));
        let reason = message["reason"].as_str().expect("a reason");
        assert!(reason.len() > 10, "{reason}");
    }
    assert_eq!(shown[2]["reason"], "the message is of no known kind");
    // Unrecognized is handled all the same.
    assert_eq!(example.shown("event"), ["unrecognized", "live"]);
}
