//! The example as a program: its greeting, its refusals to start, its end, and what it prints.

use std::io::BufReader;
use std::process::Command;
use std::thread;
use std::time::Duration;

use callhook_test_support::{connect, read, request, write};

use crate::example::Example;
use crate::wire::{ALL_PROVIDERS, Encoding, corpus, percent, texts};

/// Runs a line as a user pastes it.
fn paste(line: &str) -> String {
    paste_with(&[], line)
}

fn paste_with(variables: &[(&str, &str)], line: &str) -> String {
    let output = Command::new("bash")
        .args(["-c", line])
        .envs(variables.iter().copied())
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1")
        .output()
        .expect("bash runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "`{line}` fails (is curl installed?): {error}"
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn the_printed_curl_line_works_as_pasted_and_the_message_is_shown() {
    let odd = "quoted ' \" \\ $HOME `id` & + % # ? é";
    for variables in [
        &[][..],
        &[("CALLHOOK_TOKEN", "exactly-16-bytes")],
        &[("CALLHOOK_TOKEN", odd)],
        &[("CALLHOOK_HMAC_SECRET", odd)],
    ] {
        let example = Example::start_with(variables);
        let (addresses, line) = example
            .greeting
            .split_once(", try: ")
            .expect("a line to try");
        let paste = |line| paste_with(variables, line);

        let answer = paste(line);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(!answer.contains("callhook-outcome"), "{answer}");
        let again = paste(line);
        assert!(
            again.starts_with("HTTP/1.1 200 ") && again.contains("callhook-outcome: replay"),
            "{again}"
        );

        let (addresses, store) = addresses
            .split_once(", remembering messages in ")
            .expect("where messages are remembered");
        assert_eq!(store, "memory");
        let (_, url) = addresses
            .split_once(", showing calls at ")
            .expect("a URL to look at");
        let look = format!("curl -sS {url}");
        let page = paste(&look);
        assert!(page.starts_with("<!doctype html>"), "{page}");
        let look = format!("curl -sS {url}messages");
        let messages = paste(&look);
        let messages: Vec<serde_json::Value> =
            serde_json::from_str(&messages).expect("a JSON array");
        assert_eq!(messages.len(), 1);
        assert_eq!(
            (&messages[0]["event"], &messages[0]["status"]),
            (&"cdr".into(), &"answered".into())
        );
        assert_eq!(messages[0]["delivery"], "first");
    }
}

#[test]
fn a_secret_from_the_environment_is_not_printed() {
    for variable in ["CALLHOOK_TOKEN", "CALLHOOK_HMAC_SECRET"] {
        for secret in ["exactly-16-bytes", "a token & with # odd characters"] {
            let example = Example::start_with(&[(variable, secret)]);
            let greeting = example.greeting.clone();
            assert!(greeting.contains(&format!("${variable}")), "{greeting}");
            let printed = greeting + &example.into_output();
            for text in [secret, &percent(secret, false), &percent(secret, true)] {
                assert!(!printed.contains(text), "{printed}");
            }
        }
    }
}

#[test]
fn where_redis_is_away_the_example_warns_and_serves() {
    let url = "redis://:a-password@127.0.0.1:1";
    let example = Example::start_with(&[("CALLHOOK_REDIS_URL", url)]);
    let greeting = example.greeting.clone();
    assert!(
        greeting.contains(", remembering messages in Redis, "),
        "{greeting}"
    );
    let body = r#"{"type":"cdr","status":"answered","direction":"inbound","cmiuuid":"a"}"#;
    assert_eq!(example.post(body).status, 200);
    example.wait_for_output("CALLHOOK_REDIS_URL: ");
    let output = greeting + &example.into_output();
    assert!(!output.contains("a-password"), "{output}");
}

#[test]
fn what_listens_on_all_addresses_tells_one_that_it_lets_in() {
    let example = Example::start_with(&[("LISTEN_PRIVATE", "0.0.0.0:0")]);
    let private = example.private.expect("a private listener");
    assert!(private.ip().is_loopback(), "{private}");
    let messages = paste(&format!("curl -sS http://{private}/messages"));
    assert_eq!(messages, "[]");
}

#[test]
fn curl_sends_messages_and_large_bodies_as_it_likes() {
    let example = Example::start();
    let url = format!("http://{}{}", example.address, example.target());
    let status = |arguments: &str| {
        paste(&format!(
            "curl -sS -o /dev/null -w '%{{http_code}}' {arguments}"
        ))
    };
    assert_eq!(
        status(&format!(
            "'{url}&type=event&status=started&cmiuuid=1&from=+44000'"
        )),
        "200"
    );
    assert_eq!(
        status(&format!(
            "'{url}' -d type=event -d status=started -d cmiuuid=2"
        )),
        "200"
    );
    assert_eq!(
        status(&format!(
            "-G '{url}' -d type=event -d status=started --data-urlencode 'cmiuuid=3 ü'"
        )),
        "200"
    );
    assert_eq!(status(&format!("-I '{url}'")), "204");
    assert_eq!(
        status(&format!(
            "'{url}' -F type=event -F status=started -F cmiuuid=4"
        )),
        "415"
    );
    let large = "head -c 307200 /dev/zero | tr '\\0' x | curl -sS -o /dev/null -w '%{http_code}' --data-binary @-";
    for _ in 0..20 {
        assert_eq!(paste(&format!("{large} '{url}'")), "413");
        assert_eq!(
            paste(&format!("{large} -H 'transfer-encoding: chunked' '{url}'")),
            "413"
        );
    }
    assert_eq!(example.shown("leg_id"), ["1", "2", "3 ü"]);
}

#[test]
fn a_token_is_generated_unless_one_is_given() {
    let [one, two] = [Example::start(), Example::start()];
    assert_ne!(one.token, two.token);
    assert!(one.token.len() >= 16, "{}", one.token.len());
    let given = Example::start_with(&[("CALLHOOK_TOKEN", "exactly-16-bytes")]);
    let target = "/webhooks/telecmi?token=exactly-16-bytes";
    assert_eq!(
        given.exchange(&request("GET", target, &[], b"")).status,
        204
    );
}

#[test]
fn it_refuses_to_start_with_a_setting_it_cannot_keep_and_names_the_variable() {
    for (name, value) in [
        ("CALLHOOK_TOKEN", ""),
        ("CALLHOOK_TOKEN", "only-15-bytes-x"),
        ("CALLHOOK_HMAC_SECRET", ""),
        ("CALLHOOK_HMAC_SECRET", "only-15-bytes-x"),
        ("CALLHOOK_ALLOW", ""),
        ("CALLHOOK_ALLOW", "192.0.2.1/24"),
        ("CALLHOOK_ALLOW", "192.0.2.0/24,localhost"),
        ("CALLHOOK_TRUSTED_PROXIES", ""),
        ("CALLHOOK_TRUSTED_PROXIES", "2001:db8::1/64"),
        ("CALLHOOK_REDIS_URL", "http://user:password@192.0.2.1"),
        ("LISTEN", "everywhere"),
        ("LISTEN_PRIVATE", "everywhere"),
        ("LISTEN_PRIVATE", "localhost:3001"),
        ("LISTEN_PRIVATE_HOSTS", "calls.internal:3001"),
        ("LISTEN_PRIVATE_HOSTS", "calls.internal,"),
        ("LISTEN_PRIVATE_HOSTS", "http://calls.internal"),
        ("LISTEN_PRIVATE_HOSTS", "*"),
    ] {
        let (status, output) = Example::refuse_to_start(&[(name, value)]);
        assert!(!status.success(), "{name}={value}");
        assert!(output.contains(name), "{name}={value}: {output}");
        assert!(!output.contains("panicked"), "{name}={value}: {output}");
        for secret in ["only-15-bytes-x", "password"] {
            assert!(!output.contains(secret), "{name}={value}: {output}");
        }
    }
}

#[test]
fn it_refuses_to_start_where_another_listens_and_names_the_variable() {
    let running = Example::start();
    let private = running.private.expect("a private listener");
    for (name, address) in [("LISTEN", running.address), ("LISTEN_PRIVATE", private)] {
        let (status, output) = Example::refuse_to_start(&[(name, &address.to_string())]);
        assert!(!status.success(), "{name}={address}");
        let named = format!("{name}: {address}: ");
        assert!(output.contains(&named), "{output}");
    }
}

#[test]
fn it_ends_cleanly_when_told_to_whatever_connections_are_open() {
    let mut example = Example::start();
    let _silent = connect(example.address);
    let private = example.private.expect("a private listener");
    let _silent_in_private = connect(private);
    let mut reader = connect(private);
    let get = request("GET", "/messages", &[("connection", "keep-alive")], b"");
    write(&mut reader, &get);
    let shown = read(&mut BufReader::new(
        reader.try_clone().expect("a second handle"),
    ));
    assert_eq!((shown.status, shown.text()), (200, "[]"));
    let mut idle = connect(example.address);
    let mut answers = BufReader::new(idle.try_clone().expect("a second handle"));
    let body = br#"{"type":"event","status":"started","cmiuuid":"a"}"#;
    let target = example.target();
    write(
        &mut idle,
        &request("POST", &target, &[("connection", "keep-alive")], body),
    );
    assert_eq!(read(&mut answers).status, 200);
    let ended = example.terminate().expect("it ends");
    assert_eq!(ended.code(), Some(0));
}

#[test]
fn a_request_whose_body_never_comes_whole_does_not_hold_up_its_end() {
    ends_while_the_rest_of_a_request_is_missing("half a body".len() / 2);
}

#[test]
fn a_request_whose_head_never_comes_whole_does_not_hold_up_its_end() {
    ends_while_the_rest_of_a_request_is_missing("\r\n\r\nhalf a body".len());
}

fn ends_while_the_rest_of_a_request_is_missing(bytes: usize) {
    let mut example = Example::start();
    let whole = request("POST", &example.target(), &[], b"half a body");
    let mut held = connect(example.address);
    write(&mut held, &whole[..whole.len() - bytes]);
    // The server reads what there is before it is told to end.
    thread::sleep(Duration::from_millis(200));
    let ended = example.terminate();
    assert_eq!(
        ended.map(|status| status.code()),
        Some(Some(0)),
        "it still runs"
    );
}

#[test]
fn it_prints_no_token_no_number_and_no_text_of_a_message() {
    let example = Example::start();
    let token = example.token.clone();
    let target = example.target();
    let mut hidden = vec![token.clone(), "Marker".to_owned()];
    for sample in corpus() {
        for encoding in Encoding::ALL {
            let answer = example.send_to(sample.path, encoding, &sample.json);
            assert_eq!(answer.status, 200, "{}", sample.name);
            // The same fields where they can't be read, and where they aren't let in.
            let half = sample.json.trim_end_matches('}');
            let forged = format!("{}?token=Marker", sample.path);
            let request = encoding.request(&forged, &sample.json);
            assert_eq!(example.exchange(&request).status, 401);
            assert_eq!(example.post_to(sample.path, half).status, 400);
        }
        // Ids may be logged; everything that is longer than a word and no id may not.
        for (name, text) in texts(&sample.json) {
            let is_id = matches!(
                &*name,
                "cmiuuid" | "cmiuid" | "cmuuid" | "uuid" | "conversation_uuid" | "parent_uid"
            );
            let is_term = matches!(
                &*name,
                "type" | "direction" | "status" | "leg" | "action" | "cause" | "queue_disposition"
            );
            let is_short = text.len() < 6 || text == "appid" || text == "false";
            if !(is_id || is_term || is_short) {
                hidden.push(text);
            }
        }
    }
    for body in [
        r#"{"type":"event","status":"a","status":"Marker","cmiuuid":"Marker"}"#,
        r#"{"type":"event","Marker":"Marker" Marker}"#,
        r#"{"type":"Marker","status":"Marker"}"#,
        "Marker",
        "type=event&Marker=%FF",
        r#"["Marker"]"#,
    ] {
        for path in ALL_PROVIDERS {
            example.post_to(path, body);
            let compressed = [("content-encoding", "Marker")];
            let target = example.target_at(path);
            example.exchange(&request("POST", &target, &compressed, body.as_bytes()));
        }
    }
    example.get("Marker=%FF");
    example.get("status=a&status=Marker&type=event&cmiuuid=Marker");
    example.exchange(&request("MARKER", &format!("{target}&Marker"), &[], b""));
    example.exchange(&request(
        "GET",
        &format!("{target}&token={token}Marker"),
        &[],
        b"",
    ));

    let output = example.into_output();
    assert!(
        output.contains("malformed"),
        "refusals are logged: {output:?}"
    );
    for text in hidden {
        assert!(!output.contains(&text), "{text:?} is printed");
    }
}
