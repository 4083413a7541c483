//! Requests that are signed instead of having a token.

use std::io::Write;
use std::process::{Command, Stdio};

use callhook_test_support::{Reply, request};

use crate::example::Example;
use crate::wire::{PIOPIY, VOIPAPPZ, VOIPAPPZ_EVENTS};

const MESSAGE: &[u8] = br#"{"type":"event","status":"started","cmiuuid":"a"}"#;

#[test]
fn with_a_signing_secret_a_signature_is_required_instead_of_the_token() {
    let variables = [
        ("CALLHOOK_HMAC_SECRET", SECRET),
        ("CALLHOOK_TOKEN", "0123456789abcdef"),
    ];
    let example = Example::start_with(&variables);
    let path = "/webhooks/telecmi";
    let query = "type=event&status=started&cmiuuid=get&from=%2B44&x=a+b";
    let signed = |signature: &str, method: &str, query: &str, body: &[u8]| {
        let target = if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        };
        example.exchange(&request(
            method,
            &target,
            &[("callhook-signature", signature)],
            body,
        ))
    };
    let signature = sign(MESSAGE, SECRET);

    for (name, wrong) in [
        ("another secret's", sign(MESSAGE, "0123456789abcdef")),
        ("another body's", sign(b"{}", SECRET)),
        ("without its prefix", signature.replace("sha256=", "")),
        ("cut short", signature[..signature.len() - 1].to_owned()),
        ("empty", String::new()),
    ] {
        let answer = signed(&wrong, "POST", "", MESSAGE);
        assert_eq!((answer.status, answer.outcome()), (401, None), "{name}");
        assert_eq!(answer.text(), "", "{name}");
    }
    let twice = [("callhook-signature", &*signature); 2];
    for unsigned in [
        request("POST", path, &twice, MESSAGE),
        request("POST", path, &[], MESSAGE),
        request(
            "POST",
            &format!("{path}?token=0123456789abcdef"),
            &[],
            MESSAGE,
        ),
        request("GET", &format!("{path}?{query}"), &[], b""),
        request("GET", path, &[], b""),
    ] {
        assert_eq!(example.exchange(&unsigned).status, 401);
    }
    // What can't be read isn't told apart until the signature is right.
    assert_eq!(signed(&signature, "POST", "", b"neither").outcome(), None);
    let answer = signed(&sign(b"neither", SECRET), "POST", "", b"neither");
    assert_eq!((answer.status, answer.outcome()), (400, Some("malformed")));
    assert!(example.messages().is_empty());

    assert_eq!(signed(&signature, "POST", "", MESSAGE).status, 200);
    let upper = signature.to_uppercase().replace("SHA256", "sha256");
    assert_eq!(
        signed(&upper, "POST", "", MESSAGE).outcome(),
        Some("replay")
    );
    let of_query = sign(query.as_bytes(), SECRET);
    assert_eq!(
        signed(&of_query, "GET", &query.replace("get", "forged"), b"").status,
        401
    );
    assert_eq!(signed(&of_query, "GET", query, b"").status, 200);
    assert_eq!(
        signed(&sign(b"", SECRET), "GET", "", b"").outcome(),
        Some("probe")
    );
    assert_eq!(example.shown("leg_id"), ["a", "get"]);
}

#[test]
fn a_signature_on_a_voipappz_url_is_for_that_event_alone() {
    let example = Example::start_with(&[("CALLHOOK_HMAC_SECRET", SECRET)]);
    let body = r#"{"uuid":"a","direction":"incoming"}"#;
    let [_, answer, hangup, ..] = VOIPAPPZ_EVENTS;
    let send = |method: &str, target: &str, body: &str, signed: &str| {
        signed_as(&example, method, target, body, signed)
    };
    let post = |target: &str, signed: &str| send("POST", target, body, signed);
    let refused = |what: &str, answer: Reply| {
        assert_eq!((answer.status, answer.outcome()), (401, None), "{what}");
        assert_eq!(answer.text(), "", "{what}");
    };

    let of_answer = format!("{answer}\n{body}");
    for (what, target, signed) in [
        ("the body alone", answer, body.to_owned()),
        ("no line break", answer, format!("{answer}{body}")),
        ("an empty query", answer, format!("{answer}?\n{body}")),
        ("another body", answer, format!("{answer}\n{{}}")),
        ("another event", hangup, of_answer.clone()),
        (
            "another way to write it",
            "/webhooks/voipappz/call_answer",
            of_answer.clone(),
        ),
        (
            "more of a query",
            &format!("{answer}?event=x"),
            of_answer.clone(),
        ),
    ] {
        refused(what, post(target, &signed));
    }
    assert!(example.messages().is_empty());
    let first = post(answer, &of_answer);
    assert_eq!((first.status, first.outcome()), (200, None));
    refused("a request at another event's URL", post(hangup, &of_answer));
    let copy = post(answer, &of_answer);
    assert_eq!((copy.status, copy.outcome()), (200, Some("replay")));

    // The path and the query count as they were sent.
    let spelled = "/webhooks/voipappz/Call%3AAnswer?a=%2b+1&&b";
    let copy = post(spelled, &format!("{spelled}\n{body}"));
    assert_eq!((copy.status, copy.outcome()), (200, Some("replay")));
    refused(
        "a decoded path",
        post(spelled, &format!("{}\n{body}", spelled.replace("%3A", ":"))),
    );

    let query = format!("{hangup}?uuid=a&direction=incoming");
    for (what, target, signed) in [
        ("a query alone", &*query, "uuid=a&direction=incoming\n"),
        ("a query without a line break", &query, &*query),
        (
            "another query",
            &query.replace("uuid=a", "uuid=b"),
            &format!("{query}\n"),
        ),
        (
            "another event",
            &query.replace("hangup", "answer"),
            &format!("{query}\n"),
        ),
    ] {
        refused(what, send("GET", target, "", signed));
    }
    let first = send("GET", &query, "", &format!("{query}\n"));
    assert_eq!((first.status, first.outcome()), (200, None));
    let copy = post(hangup, &format!("{hangup}\n{body}"));
    assert_eq!((copy.status, copy.outcome()), (200, Some("replay")));
    let probe = send("GET", VOIPAPPZ, "", &format!("{VOIPAPPZ}\n"));
    assert_eq!((probe.status, probe.outcome()), (204, Some("probe")));

    assert_eq!(example.shown("status"), ["Call:Answer", "Call:Hangup"]);
    assert_eq!(example.shown("leg_id"), ["a", "a"]);
}

#[test]
fn a_signature_on_a_url_that_names_no_event_is_of_the_body_or_the_query() {
    let example = Example::start_with(&[("CALLHOOK_HMAC_SECRET", SECRET)]);
    let send = |method: &str, target: &str, body: &str, signed: &str| {
        signed_as(&example, method, target, body, signed)
    };
    let body = r#"{"status":"in_answered","cmiuuid":"a"}"#;
    let query = "status=in_answered&cmiuuid=a";
    let get = format!("{PIOPIY}?{query}");
    assert_eq!(
        send("POST", PIOPIY, body, &format!("{PIOPIY}\n{body}")).status,
        401
    );
    assert_eq!(send("GET", &get, "", &format!("{get}\n")).status, 401);
    assert_eq!(send("POST", PIOPIY, body, body).outcome(), None);
    assert_eq!(send("GET", &get, "", query).outcome(), Some("replay"));
    assert_eq!(example.only_message()["event"], "live");
}

/// Sends a request with the signature of something, which may be another one's.
fn signed_as(example: &Example, method: &str, target: &str, body: &str, signed: &str) -> Reply {
    let signature = sign(signed.as_bytes(), SECRET);
    let headers = [("callhook-signature", &*signature)];
    example.exchange(&request(method, target, &headers, body.as_bytes()))
}

pub(crate) const SECRET: &str = "It's a Secret to Everybody";

/// Signs with a program that shares nothing with the product.
pub(crate) fn sign(content: &[u8], secret: &str) -> String {
    let mut openssl = Command::new("openssl")
        .args(["dgst", "-sha256", "-r", "-hmac", secret])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl is installed");
    let mut stdin = openssl.stdin.take().expect("standard input");
    stdin.write_all(content).expect("openssl reads");
    drop(stdin);
    let output = openssl.wait_with_output().expect("openssl ends");
    let output = String::from_utf8(output.stdout).expect("hex");
    format!("sha256={}", output.split(' ').next().expect("a digest"))
}
