use callhook_tower::auth::{HmacScheme, Piece, SignatureTimestamp, Signed};

use crate::program::{program, run, run_command};
use crate::server::{Proof, SECRET, Server, TOKEN, callhook_scheme};

#[test]
fn a_message_is_sent_in_every_encoding_with_the_fields_that_are_set() {
    let server = Server::start();
    for (encoding, seconds) in [("", 1), ("--get", 2), ("--form", 3)] {
        let url = server.url("/webhooks/telecmi");
        let ran = run(&format!(
            "send telecmi cdr-inbound-answered --set answeredsec={seconds} {encoding} --to {url}"
        ));
        assert_eq!(
            (ran.code, ran.out.trim()),
            (Some(0), "200"),
            "{encoding}: {ran:?}"
        );
    }
    // Contents of one record, not copies.
    assert_eq!((server.handled(), server.calls()), (3, 1));
}

#[test]
fn a_copy_is_told_as_a_replay_and_new_ids_get_past_it() {
    let server = Server::start();
    let url = server.url("/webhooks/telecmi");
    let send = |more: &str| {
        run(&format!(
            "send telecmi cdr-inbound-answered {more} --to {url}"
        ))
    };
    assert_eq!(send("").code, Some(0));
    let copy = send("");
    assert_eq!((copy.code, copy.out.trim()), (Some(0), "200 replay"));
    assert!(copy.err.contains("--as-new"), "{copy:?}");
    let new = send("--as-new --seed 7");
    assert_eq!((new.code, new.out.as_str()), (Some(0), "seed 7\n200\n"));
    // A seed makes a run repeatable; without one ids are others each time.
    assert!(send("--as-new --seed 7").out.contains("200 replay"));
    assert_eq!(send("--as-new").out.lines().nth(1), Some("200"));
    assert_eq!((server.handled(), server.calls()), (3, 3));
}

#[test]
fn what_the_caller_is_answered_is_shown_and_read() {
    let server = Server::start();
    let url = server.url("/webhooks/piopiy");
    let asked = run(&format!("send piopiy answer-request --json --to {url}"));
    assert_eq!(asked.code, Some(0));
    let json = asked.json();
    assert_eq!(
        (&json["status"], &json["unreadable"]),
        (&200.into(), &().into())
    );
    assert!(
        json["body"]
            .as_str()
            .is_some_and(|body| body.contains("play_get_input"))
    );

    let url = server.url("/silent");
    let unread = run(&format!("send piopiy answer-request --to {url}"));
    assert_eq!(unread.code, Some(1));
    assert!(
        unread.out.contains("The caller hears silence"),
        "{unread:?}"
    );
    assert_eq!(run(&format!("send piopiy dtmf --to {url}")).code, Some(1));
    // Nobody reads what a notification is answered.
    assert_eq!(
        run(&format!("send piopiy cdr-inbound-answered --to {url}")).code,
        Some(0)
    );
}

#[test]
fn an_answer_that_is_not_success_says_what_to_check() {
    let server = Server::start();
    let large = format!("x={}", "a".repeat(100_000));
    for (path, more, code, advice) in [
        (
            "/webhooks/telecmi",
            "--token another-token-of-16-bytes",
            "401",
            "--token",
        ),
        ("/webhooks/nothing", "", "404", "/webhooks/telecmi"),
        ("/broken", "", "500", "handler failed"),
        ("/away", "--get", "302", "redirect"),
        ("/busy", "", "503", "--retry"),
    ] {
        let ran = run(&format!(
            "send telecmi cdr-inbound-missed {more} --to {}",
            server.url(path)
        ));
        assert_eq!(
            (ran.code, ran.out.lines().next()),
            (Some(1), Some(code)),
            "{path}: {ran:?}"
        );
        assert!(ran.err.contains(advice), "{path}: {ran:?}");
        for secret in [TOKEN, "another-token-of-16-bytes"] {
            assert!(
                !ran.err.contains(secret) && !ran.out.contains(secret),
                "{path}: {ran:?}"
            );
        }
    }
    let url = server.url("/webhooks/telecmi");
    let mut command = program();
    command.args(["send", "telecmi", "cdr-inbound-missed", "--to", &url]);
    for _ in 0..3 {
        command.args(["--set", &large]);
    }
    for index in 0..3 {
        command.args(["--set", &format!("y{index}{large}")]);
    }
    let ran = run_command(&mut command);
    assert_eq!(
        (ran.code, ran.out.lines().next()),
        (Some(1), Some("413")),
        "{:?}",
        ran.err
    );
    assert!(ran.err.contains("256 KiB"), "{:?}", ran.err);
}

#[test]
fn a_server_that_is_busy_is_asked_again_where_that_is_wanted() {
    let server = Server::start();
    let ran = run(&format!(
        "send telecmi cdr-inbound-missed --retry --to {}",
        server.url("/busy")
    ));
    assert_eq!((ran.code, ran.out.trim()), (Some(0), "200"), "{ran:?}");
    assert_eq!(server.handled(), 2);
    // Its Retry-After is 0.
    assert!(ran.err.contains("sent again in 1 s"), "{ran:?}");
}

#[test]
fn a_server_that_is_not_reached_is_told_by_its_address_and_cause() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address")
    };
    let server = Server::start();
    let plain = format!("https://{}/", server.address);
    for (url, told) in [
        (
            format!("http://{gone}/?token=a-token-in-the-url"),
            "connection refused. Is the server running",
        ),
        (
            "http://nowhere.invalid/".to_owned(),
            "no address is known for this name",
        ),
        (plain, "no TLS connection"),
    ] {
        let ran = run(&format!("send telecmi cdr-inbound-missed --to {url}"));
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (Some(2), ""),
            "{url}: {ran:?}"
        );
        assert!(
            ran.err.contains(told) && !ran.err.contains("token"),
            "{url}: {ran:?}"
        );
    }
    let accepted = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", accepted.local_addr().expect("an address"));
    let ran = run(&format!(
        "send telecmi cdr-inbound-missed --timeout 0.2 --to {url}"
    ));
    assert!(
        ran.code == Some(2) && ran.err.contains("no answer within 0.2 s"),
        "{ran:?}"
    );
}

#[test]
fn every_scheme_signs_what_an_endpoint_with_it_verifies() {
    let slack: fn(&'static str, bool) -> HmacScheme = |secret, _| {
        HmacScheme::sha256("x-slack-signature", secret)
            .prefix("v0=")
            .timestamp(SignatureTimestamp::header("x-slack-request-timestamp"))
            .signed(Signed::Pieces(vec![
                Piece::text("v0:"),
                Piece::Timestamp,
                Piece::text(":"),
                Piece::Content,
            ]))
    };
    let stripe: fn(&'static str, bool) -> HmacScheme = |secret, _| {
        HmacScheme::sha256("stripe-signature", secret)
            .prefix("v1=")
            .timestamp(SignatureTimestamp::entry("t="))
            .signed(Signed::TimestampAndContent)
    };
    let github: fn(&'static str, bool) -> HmacScheme =
        |secret, _| HmacScheme::sha256("x-hub-signature-256", secret).prefix("sha256=");
    let standard: fn(&'static str, bool) -> HmacScheme =
        |_, _| HmacScheme::standard_webhooks(STANDARD);
    for (name, scheme) in [
        (
            "callhook",
            callhook_scheme as fn(&'static str, bool) -> HmacScheme,
        ),
        ("github", github),
        ("stripe", stripe),
        ("slack", slack),
        ("standard-webhooks", standard),
    ] {
        let server = Server::with(Proof::Signature(scheme));
        let secret = if name == "standard-webhooks" {
            STANDARD
        } else {
            SECRET
        };
        let send = |secret: &str, what: &str, path: &str| {
            let url = server.url(path);
            let arguments = format!("send {what} --sign {name} --secret-env MINE --to {url}");
            run_command(
                program()
                    .env("MINE", secret)
                    .args(arguments.split_whitespace()),
            )
        };
        for (what, path) in [
            ("telecmi cdr-inbound-answered", "/webhooks/telecmi"),
            ("telecmi cdr-inbound-missed --get", "/webhooks/telecmi"),
            ("piopiy cdr-inbound-answered --form", "/webhooks/piopiy"),
            (
                "voipappz inbound-answered/call-answer",
                "/webhooks/voipappz",
            ),
        ] {
            let ran = send(secret, what, path);
            assert_eq!(ran.code, Some(0), "{name} {what}: {ran:?}");
        }
        let other = "whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXI=";
        let refused = send(other, "telecmi cdr-inbound-missed", "/webhooks/telecmi");
        assert_eq!(
            (refused.code, refused.out.lines().next()),
            (Some(1), Some("401")),
            "{name}"
        );
        assert_eq!(server.handled(), 4, "{name}");
    }
}

const STANDARD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[test]
fn what_can_not_be_sent_is_told_before_anything_is() {
    let server = Server::start();
    let url = server.url("/webhooks/telecmi");
    for (arguments, told) in [
        (format!("send telecmi nothing --to {url}"), "--list"),
        (
            format!("send telecmi inbound-answered/nothing --to {url}"),
            "it has ",
        ),
        (
            format!("send telecmi cdr-inbound-missed --event call-answer --to {url}"),
            "--event",
        ),
        (
            format!("send telecmi cdr-inbound-missed --retry 11 --to {url}"),
            "--retry",
        ),
        ("send telecmi cdr-inbound-missed".to_owned(), "--to"),
        (
            "send telecmi cdr-inbound-missed --to ftp://127.0.0.1/".to_owned(),
            "http://",
        ),
        (
            "send telecmi cdr-inbound-missed --to http://127.0.0.1@other.example/".to_owned(),
            "--header",
        ),
        (
            format!("send telecmi cdr-inbound-missed --sign github --to {url}"),
            "CALLHOOK_HMAC_SECRET",
        ),
        (
            format!("send telecmi cdr-inbound-missed --get --form --to {url}"),
            "--form",
        ),
        (
            format!("send telecmi cdr-inbound-missed --header x --to {url}"),
            "name: value",
        ),
    ] {
        let ran = run(&arguments);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (Some(2), ""),
            "{arguments}: {ran:?}"
        );
        assert!(ran.err.contains(told), "{arguments}: {ran:?}");
    }
    assert_eq!(server.handled(), 0);
}
