use std::process::Stdio;

use crate::fixed::Fixed;
use crate::program::{interrupt, program, run};
use crate::server::Server;

#[test]
fn the_counts_are_those_of_the_server() {
    let server = Server::start();
    let url = server.url("/webhooks/telecmi");
    let ran = run(&format!(
        "call --scenario inbound-two-agents --calls 60 --connections 8 --copies 2 --shuffle --json --to {url}"
    ));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let json = ran.json();
    let count = |name: &str| {
        json[name]
            .as_u64()
            .unwrap_or_else(|| panic!("{name}: {json}"))
    };
    assert_eq!(count("handled"), server.handled());
    assert_eq!(count("sent"), count("handled") + count("replayed"));
    assert!(count("replayed") >= count("handled"), "{json}");
    assert_eq!((count("calls"), server.calls()), (60, 60));
    let latencies = &json["latency_milliseconds"];
    assert!(
        latencies["p50"]
            .as_f64()
            .is_some_and(|latency| latency > 0.0),
        "{json}"
    );
    assert!(
        latencies["max"].as_f64() >= latencies["p99"].as_f64(),
        "{json}"
    );

    // Other ids: nothing of it is a copy.
    let again = run(&format!(
        "call --scenario inbound-answered --calls 10 --connections 2 --rate 2000 --json --to {url}"
    ));
    let seed = &again.json()["seed"];
    assert_eq!(again.json()["replayed"], 0, "{again:?}");
    let repeated = run(&format!(
        "call --scenario inbound-answered --calls 10 --connections 2 --seed {seed} --json --to {url}"
    ));
    assert_eq!(repeated.json()["handled"], 0, "{repeated:?}");
}

#[test]
fn callers_who_wait_are_answered_in_many_calls_too() {
    let server = Server::start();
    let url = server.url("/webhooks/piopiy");
    let ran = run(&format!(
        "call --follow --presses 1 --calls 20 --connections 4 --json --to {url}"
    ));
    let json = ran.json();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        (&json["unreadable"], &json["sent"]),
        (&0.into(), &server.handled().into())
    );
    let silent = run(&format!(
        "call --follow --calls 5 --provider piopiy --json --to {}",
        server.url("/silent")
    ));
    assert_eq!(
        (silent.code, &silent.json()["unreadable"]),
        (Some(1), &5.into())
    );
}

#[test]
fn refusals_are_counted_by_their_code() {
    let server = Server::start();
    let url = server.url("/webhooks/telecmi");
    let ran = run(&format!(
        "call --scenario inbound-missed --calls 5 --token another-token-of-16-bytes --to {url}"
    ));
    assert_eq!(ran.code, Some(1));
    let row = ran.out.lines().find(|line| line.starts_with("    401"));
    let count = row.and_then(|row| row.split_whitespace().nth(1)?.parse::<u64>().ok());
    assert!(count.is_some_and(|count| count >= 5), "{ran:?}");
    assert_eq!(server.handled(), 0);
}

#[test]
fn load_goes_to_this_machine_unless_the_host_is_named() {
    // Nobody has these names, so that nothing is sent whatever happens.
    let load = "call --scenario inbound-answered --provider telecmi --to http://calls.invalid/";
    for many in ["--calls 2", "--rate 10", "--connections 2", "--copies 1000"] {
        for owned in ["", "--i-own-this-host other.invalid"] {
            let ran = run(&format!("{load} {many} {owned}"));
            assert_eq!(
                (ran.code, ran.out.as_str()),
                (Some(2), ""),
                "{many}: {ran:?}"
            );
            assert!(
                ran.err.contains("--i-own-this-host calls.invalid"),
                "{many}: {ran:?}"
            );
        }
        let ran = run(&format!("{load} {many} --i-own-this-host calls.invalid"));
        assert!(ran.err.contains("no address is known"), "{many}: {ran:?}");
    }
    // One call may go anywhere.
    let ran = run(load);
    assert!(
        ran.code == Some(2) && ran.err.contains("no address is known"),
        "{ran:?}"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_waits_neither_for_a_retry_nor_for_a_server_that_does_not_answer() {
    let busy = Some(("503 Service Unavailable\r\nretry-after: 60", String::new()));
    for answer in [busy, None] {
        let server = Fixed::start(move |_| answer.clone());
        let arguments = format!(
            "call --scenario inbound-answered --calls 3 --retry --json --to {}",
            server.url("/webhooks/telecmi")
        );
        let mut command = program();
        command.args(arguments.split_whitespace());
        let child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        server.wait_for_a_request();
        interrupt(&child);
        let output = child.wait_with_output().expect("an end");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(output.status.code(), Some(1), "{json}");
        assert_eq!(json["is_interrupted"], true, "{json}");
        assert_eq!(json["unanswered"]["interrupted"], 1, "{json}");
        assert_eq!((&json["sent"], server.requests()), (&1.into(), 1), "{json}");
    }
}
