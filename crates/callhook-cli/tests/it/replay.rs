use std::process::Command;

use crate::fixed::Fixed;
use crate::listen::file;
use crate::program::{Listening, program, run, run_command};
use crate::server::Server;

#[test]
fn what_was_saved_is_sent_again_as_it_came_and_as_other_calls() {
    let file = file("replay");
    let listening = Listening::start(&format!("--save {}", file.display()));
    for (platform, encoding) in [("telecmi", "--get"), ("piopiy", ""), ("voipappz", "--form")] {
        let sent = run(&format!(
            "call --scenario inbound-answered {encoding} --seed 7 --to {}/webhooks/{platform}",
            listening.url
        ));
        assert_eq!(sent.code, Some(0), "{sent:?}");
    }
    assert_eq!(listening.end().code, Some(0));
    let saved = std::fs::read_to_string(&file).expect("a file");
    let messages = saved.lines().count() as u64;

    let server = Server::start();
    let replay = |more: &str| {
        run(&format!(
            "replay {} --json --to {} {more}",
            file.display(),
            server.url("")
        ))
    };
    let first = replay("");
    assert_eq!(
        (first.code, &first.json()["handled"]),
        (Some(0), &messages.into()),
        "{first:?}"
    );
    assert_eq!((server.handled(), server.calls()), (messages, 3));
    let again = replay("--speed 1000");
    assert_eq!(
        (again.code, &again.json()["replayed"]),
        (Some(0), &messages.into()),
        "{again:?}"
    );
    // The legs of a call still join.
    let new = replay("--as-new --rate 1000");
    assert_eq!(
        (new.code, &new.json()["handled"]),
        (Some(0), &messages.into()),
        "{new:?}"
    );
    assert_eq!(new.json()["without_ids"], 0);
    assert_eq!((server.handled(), server.calls()), (2 * messages, 6));

    let told = run(&format!(
        "replay {} --to {} --as-new",
        file.display(),
        server.url("")
    ));
    assert!(
        told.out.contains("which the server has not seen"),
        "{told:?}"
    );
    let told = run(&format!(
        "replay {} --to {}",
        file.display(),
        server.url("")
    ));
    assert!(told.out.contains("is answered as a replay"), "{told:?}");
    let mixed = run(&format!(
        "replay {} --to {}",
        file.display(),
        server.url("/webhooks/telecmi")
    ));
    assert!(
        mixed.code == Some(2) && mixed.err.contains("piopiy and telecmi and voipappz"),
        "{mixed:?}"
    );
    std::fs::remove_file(&file).expect("removed");
}

#[test]
fn a_file_that_can_not_be_read_is_refused_before_anything_is_sent() {
    let server = Server::start();
    let good = r#"{"at":"2026-01-01T00:00:00Z","method":"POST","path":"/webhooks/telecmi","body":"{\"type\":\"cdr\",\"cmiuuid\":\"a\",\"status\":\"answered\"}"}"#;
    let file = file("bad");
    for (text, told) in [
        (String::new(), "has no message"),
        (format!("{good}\n{{}}\n"), "line 2: not a saved request"),
        (
            format!("{good}\n\n{}", good.replace("\"body\"", "\"body_base64\"")),
            "line 3: `body_base64` is not base64",
        ),
        (
            format!("{good}\n{}", "a".repeat(5_000_000)),
            "line 2: longer than",
        ),
    ] {
        std::fs::write(&file, text).expect("a file");
        let ran = run(&format!(
            "replay {} --to {}",
            file.display(),
            server.url("")
        ));
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (Some(2), ""),
            "{told}: {ran:?}"
        );
        assert!(ran.err.contains(told), "{told}: {ran:?}");
    }
    std::fs::write(&file, format!("{good}\n").repeat(201)).expect("a file");
    let elsewhere = run(&format!(
        "replay {} --to http://calls.invalid/",
        file.display()
    ));
    assert!(
        elsewhere.code == Some(2) && elsewhere.err.contains("--i-own-this-host"),
        "{elsewhere:?}"
    );
    assert_eq!(server.handled(), 0);
    std::fs::remove_file(&file).expect("removed");
}

const LINE: &str = r#"{"at":"2026-01-01T00:00:00Z","method":"POST","path":"/webhooks/telecmi","body":"{\"type\":\"cdr\",\"cmiuuid\":\"a\",\"status\":\"answered\"}"}"#;

#[test]
fn a_file_that_grows_is_sent_as_far_as_it_was_counted() {
    let file = file("grows");
    std::fs::write(&file, format!("{LINE}\n").repeat(3)).expect("a file");
    // Each message that is sent is added to it.
    let listening = Listening::start(&format!("--save {}", file.display()));
    let ran = run(&format!(
        "replay {} --json --to {}",
        file.display(),
        listening.url
    ));
    assert_eq!(
        (ran.code, &ran.json()["sent"]),
        (Some(0), &3.into()),
        "{ran:?}"
    );
    assert_eq!(listening.end().code, Some(0));
    let lines = std::fs::read_to_string(&file).expect("a file");
    assert_eq!(lines.lines().count(), 6, "{lines}");
    std::fs::remove_file(&file).expect("removed");
}

#[test]
fn a_file_that_is_cut_while_it_is_sent_is_told() {
    let file = file("cut");
    let long = LINE.replace("\"a", &format!("\"{}", "a".repeat(9000)));
    std::fs::write(&file, format!("{long}\n").repeat(20)).expect("a file");
    let cut = file.clone();
    let server = Fixed::start(move |index| {
        if index == 0 {
            std::fs::write(&cut, "").expect("cut");
        }
        Some(("200 OK", String::new()))
    });
    let ran = run(&format!(
        "replay {} --to {}",
        file.display(),
        server.url("")
    ));
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err.contains("line ") || ran.err.contains("of the 20 messages"),
        "{ran:?}"
    );
    assert!(server.requests() < 20);
    std::fs::remove_file(&file).expect("removed");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_since_it_is_read_twice() {
    let server = Server::start();
    let mut shell = Command::new("sh");
    let callhook = program();
    let script = format!(
        "printf '%s\\n' '{LINE}' | {} replay /dev/stdin --to {}",
        callhook.get_program().display(),
        server.url("")
    );
    let ran = run_command(shell.args(["-c", &script]));
    assert_eq!((ran.code, &*ran.out), (Some(2), ""), "{ran:?}");
    assert!(ran.err.contains("not a pipe"), "{ran:?}");
    assert_eq!(server.handled(), 0);
}

#[test]
fn retries_count_as_messages_that_a_server_may_be_given() {
    let file = file("retries");
    std::fs::write(&file, format!("{LINE}\n").repeat(60)).expect("a file");
    let replay = |more: &str| {
        run(&format!(
            "replay {} --to http://calls.invalid/ {more}",
            file.display()
        ))
    };
    let many = replay("--retry 3");
    assert!(
        many.code == Some(2) && many.err.contains("--i-own-this-host"),
        "{many:?}"
    );
    let few = replay("--retry 2");
    assert!(few.err.contains("no address is known"), "{few:?}");
    std::fs::remove_file(&file).expect("removed");
}
