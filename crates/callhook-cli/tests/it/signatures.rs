//! Signatures that are made, and that are checked.

use std::process::Command;

use crate::support::{Directory, Run, program, run};

const SECRET: &str = "a secret that the relay knows";
const BODY: &str = r#"{"type":"cdr"}"#;

fn with_secret(arguments: &[&str], input: &str) -> Run {
    let mut command = Command::new(program());
    command.args(arguments).env("CALLHOOK_HMAC_SECRET", SECRET);
    run(&mut command, input)
}

#[test]
fn a_signature_is_what_openssl_makes() {
    // printf '{"type":"cdr"}' | openssl dgst -sha256 -hmac 'a secret that the relay knows'
    let known = "7f5cb7a1d615693cc7bce24a6b3487fbe7596101cdbe3c4a639a7678352c6b2a";
    let signed = with_secret(&["sign"], BODY).good();
    assert_eq!(signed, format!("callhook-signature: sha256={known}\n"));
    // .. of '/w?a=b', a line break and the body.
    let known = "76486607ba090f46a1ae2e3e6d35907b9f6a4403253201921f6303c20dabc1c2";
    let arguments = [
        "sign",
        "--target",
        "https://example.org/w?a=b",
        "--signed",
        "target-and-body",
        "--json",
    ];
    let signed = with_secret(&arguments, BODY);
    assert_eq!(
        signed.json()["callhook-signature"],
        format!("sha256={known}")
    );
}

#[test]
fn every_scheme_verifies_what_it_signs_and_nothing_else() {
    let directory = Directory::new();
    let secret = directory.path().join("secret.txt").display().to_string();
    let schemes: [&[&str]; 8] = [
        &[],
        &["--scheme", "github"],
        &["--scheme", "stripe"],
        &["--scheme", "slack"],
        &[
            "--scheme",
            "standard-webhooks",
            "--header",
            "webhook-id: msg_1",
            "--secret-file",
            &secret,
        ],
        &["--signed", "target-and-body", "--target", "/w?event=x"],
        &[
            "--encoding",
            "base64",
            "--prefix",
            "v9=",
            "--signature-header",
            "x-relay",
        ],
        &[
            "--signed",
            "timestamp-and-content",
            "--timestamp-header",
            "x-time",
        ],
    ];
    for scheme in schemes {
        let signed = with_secret(&[&["sign"], scheme].concat(), BODY).good();
        let mut verify = [&["verify"], scheme].concat();
        for header in signed.lines() {
            verify.extend(["--header", header]);
        }
        let good = with_secret(&verify, BODY);
        assert_eq!(
            (good.code, &*good.stdout),
            (Some(0), "valid\n"),
            "{scheme:?} {good:?}"
        );
        let bad = with_secret(&verify, r#"{"type":"CDR"}"#);
        assert_eq!(bad.code, Some(1), "{scheme:?}");
        assert!(
            bad.stdout.starts_with("not valid: signature header"),
            "{bad:?}"
        );
    }
}

#[test]
fn which_check_fails_is_told() {
    let stale = with_secret(&["sign", "--scheme", "stripe", "--at", "1700000000"], BODY).good();
    let stale = stale.trim_end();
    let cases: [(&[&str], &str); 4] = [
        (&[], "missing"),
        (
            &["--header", "callhook-signature: sha256=zz"],
            "can't be read",
        ),
        (&["--scheme", "stripe", "--header", stale], "tolerance"),
        (
            &[
                "--header",
                "callhook-signature: a",
                "--header",
                "callhook-signature: b",
            ],
            "more than once",
        ),
    ];
    for (arguments, told) in cases {
        let run = with_secret(&[&["verify", "--json"], arguments].concat(), BODY);
        assert_eq!(run.code, Some(1), "{run:?}");
        let problem = run.json()["problem"]
            .as_str()
            .expect("a problem")
            .to_owned();
        assert!(problem.contains(told), "{problem}");
    }
    let in_time = [
        "verify",
        "--scheme",
        "stripe",
        "--header",
        stale,
        "--at",
        "1700000300",
    ];
    assert_eq!(with_secret(&in_time, BODY).code, Some(0));
}

#[test]
fn a_body_that_is_no_message_has_a_signature_too() {
    for body in ["", "{", "\u{0}"] {
        let signed = with_secret(&["sign"], body).good();
        let run = with_secret(&["verify", "--header", signed.trim_end()], body);
        assert_eq!(run.code, Some(0), "{body:?} {run:?}");
    }
}

#[test]
fn a_secret_is_never_printed_and_one_that_others_see_is_warned_of() {
    let run = with_secret(&["sign", "--secret", "another secret of 16 bytes"], BODY);
    assert_eq!(run.code, Some(0));
    assert!(run.stderr.contains("other users"), "{run:?}");
    let short = with_secret(&["sign", "--secret", "hunter2"], BODY);
    assert_eq!(short.code, Some(2));
    assert!(short.stderr.contains("expected at least 16"), "{short:?}");
    assert!(!(short.stderr + &run.stderr).contains("hunter2"));
}

#[test]
fn a_request_that_is_refused_before_its_signature_is_checked_is_not_called_valid() {
    let signed = with_secret(&["sign"], BODY).good();
    for signature in [signed.trim_end(), "callhook-signature: sha256=00"] {
        for header in [
            "content-encoding: gzip",
            "content-type: multipart/form-data; boundary=x",
            "content-length: 99999999999",
        ] {
            for more in [&[][..], &["--json"]] {
                let verify = ["verify", "-H", signature, "-H", header];
                let run = with_secret(&[&verify, more].concat(), BODY);
                assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{header}: {run:?}");
                assert!(
                    run.stderr.contains("can't be told") && run.stderr.contains("signature"),
                    "{header}: {run:?}"
                );
            }
        }
    }
}

#[test]
fn a_header_with_a_line_break_is_two_and_refused() {
    let header = "x-time: 1\ncallhook-signature: sha256=00";
    for command in ["sign", "verify"] {
        let run = with_secret(&[command, "--header", header], BODY);
        assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{run:?}");
        assert!(run.stderr.contains("line break"), "{run:?}");
    }
}
