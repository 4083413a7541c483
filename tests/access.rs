//! Who may send, and who may read.

use callhook_test_support::request;

use crate::example::Example;
use crate::wire::{ALL_PROVIDERS, Encoding, VOIPAPPZ_EVENTS, corpus};

const MESSAGE: &[u8] = br#"{"type":"event","status":"started","cmiuuid":"a"}"#;

#[test]
fn without_the_right_token_once_a_message_is_refused_and_not_told_why() {
    let example = Example::start();
    let token = &example.token;
    let (start, end) = token.split_at(token.len() - 1);
    let bearer = format!("Bearer {token}");
    for query in [
        String::new(),
        "?".to_owned(),
        "?token".to_owned(),
        "?token=".to_owned(),
        "?token=wrong".to_owned(),
        format!("?token={start}"),
        format!("?token={token}0"),
        format!("?token=%20{token}"),
        format!(
            "?token={}",
            token.to_uppercase().replace(char::is_numeric, "0")
        ),
        format!("?token={token}&token={token}"),
        format!("?token={token}&token=wrong"),
        format!("?token=wrong&token={token}"),
        format!("?token={token}&%74oken={token}"),
        format!("?Token={token}"),
        format!("?token[]={token}"),
        format!("?x={token}"),
        format!("?token={start}%FF{end}"),
        format!("?token={token}%00"),
    ] {
        let target = format!("/webhooks/telecmi{query}");
        let separator = if query.is_empty() { '?' } else { '&' };
        let get = format!("{target}{separator}type=event&status=started&cmiuuid=a");
        for request in [
            request("POST", &target, &[], MESSAGE),
            request("POST", &target, &[], b"neither"),
            request(
                "POST",
                &target,
                &[("authorization", &bearer), ("token", token)],
                MESSAGE,
            ),
            request("GET", &get, &[], b""),
            request("HEAD", &target, &[], b""),
        ] {
            let answer = example.exchange(&request);
            assert_eq!((answer.status, answer.outcome()), (401, None), "{query}");
            assert_eq!(answer.text(), "");
        }
    }
    let form = format!("token={token}&type=event&status=started&cmiuuid=a");
    let answer = example.exchange(&request("POST", "/webhooks/telecmi", &[], form.as_bytes()));
    assert_eq!(answer.status, 401);
    assert!(example.messages().is_empty());
}

#[test]
fn every_route_asks_for_the_token_whatever_is_sent() {
    let example = Example::start();
    for path in ALL_PROVIDERS.into_iter().chain(VOIPAPPZ_EVENTS) {
        for target in [path.to_owned(), format!("{path}?token=wrong")] {
            let get = format!("{path}?{}", "uuid=a&cmiuuid=a&type=event&status=started");
            let head = request("HEAD", &target, &[], b"");
            let unreadable = request("POST", &target, &[], b"{");
            let requests = [head, unreadable, request("GET", &get, &[], b"")];
            for request in requests {
                let answer = example.exchange(&request);
                assert_eq!((answer.status, answer.outcome()), (401, None), "{target}");
            }
        }
    }
    for sample in corpus() {
        let target = format!("{}?token=wrong", sample.path);
        for encoding in Encoding::ALL {
            let answer = example.exchange(&encoding.request(&target, &sample.json));
            assert_eq!(answer.status, 401, "{}", sample.name);
        }
    }
    assert!(example.messages().is_empty());
}

#[test]
fn the_token_is_not_part_of_the_message_in_any_position_of_the_query() {
    let example = Example::start();
    let token = &example.token;
    let escaped: String = token.bytes().map(|byte| format!("%{byte:02x}")).collect();
    for (index, query) in [
        format!("token={token}&type=event&status=started&cmiuuid=ID"),
        format!("type=event&token={token}&status=started&cmiuuid=ID"),
        format!("type=event&status=started&cmiuuid=ID&%74oken={escaped}"),
    ]
    .iter()
    .enumerate()
    {
        let target = format!(
            "/webhooks/telecmi?{}",
            query.replace("ID", &index.to_string())
        );
        assert_eq!(
            example.exchange(&request("GET", &target, &[], b"")).status,
            200,
            "{query}"
        );
    }
    let messages = example.messages();
    assert_eq!(messages.len(), 3);
    for message in messages {
        assert_eq!(
            message["fields"].as_object().map(serde_json::Map::len),
            Some(3),
            "{message}"
        );
    }
}

#[test]
fn what_came_is_shown_on_the_private_listener_and_nowhere_else() {
    let example = Example::start();
    assert_eq!(example.post(MESSAGE).status, 200);
    assert_eq!(example.messages().len(), 1);
    for path in ["/messages", "/calls", "/unreadable", "/"] {
        for method in ["GET", "HEAD", "POST"] {
            let answer = example.exchange(&request(method, path, &[], b""));
            assert_eq!((answer.status, answer.text()), (404, ""), "{method} {path}");
        }
    }
    assert_eq!(example.calls().len(), 1);
    for path in ["/elsewhere", "/webhooks/telecmi"] {
        let answer = example.exchange_privately(&request("GET", path, &[], b""));
        assert_eq!((answer.status, answer.text()), (404, ""), "{path}");
    }
}

#[test]
fn a_page_that_a_stranger_has_resolve_to_this_machine_reads_nothing() {
    let example = Example::start();
    assert_eq!(example.post(MESSAGE).status, 200);
    let port = example.private.expect("a private listener").port();
    for (host, status) in [
        (format!("127.0.0.1:{port}"), 200),
        (format!("localhost:{port}"), 200),
        (format!("[::1]:{port}"), 200),
        (format!("rebind.example:{port}"), 403),
        (format!("localhost.rebind.example:{port}"), 403),
        (format!("127.0.0.1.rebind.example:{port}"), 403),
        (format!("0.0.0.0:{port}"), 403),
        (format!("192.0.2.7:{port}"), 403),
    ] {
        for (method, path) in [
            ("GET", "/messages"),
            ("GET", "/calls"),
            ("GET", "/unreadable"),
            ("POST", "/messages"),
            ("POST", "/calls"),
            ("POST", "/unreadable"),
            ("OPTIONS", "/messages"),
        ] {
            let get = format!(
                "{method} {path} HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\nconnection: close\r\n\r\n"
            );
            let answer = example.exchange_privately(get.as_bytes());
            let expected = if status == 200 && method != "GET" {
                405
            } else {
                status
            };
            assert_eq!(answer.status, expected, "{method} {path}, {host}");
            let is_empty = answer.body.is_empty();
            assert_eq!(is_empty, expected != 200, "{method} {path}, {host}");
            let lets_other_pages_in = answer.header("access-control-allow-origin");
            assert_eq!(lets_other_pages_in, None, "{method}, {host}");
        }
    }
}

#[test]
fn without_an_address_for_it_there_is_no_private_listener() {
    let example = Example::start_with(&[("LISTEN_PRIVATE", "")]);
    assert_eq!(example.private, None);
    assert_eq!(example.post(MESSAGE).status, 200);
    for path in ["/messages", "/calls", "/unreadable"] {
        let answer = example.exchange(&request("GET", path, &[], b""));
        assert_eq!((answer.status, answer.text()), (404, ""), "{path}");
    }
}

#[test]
fn with_an_allowlist_others_are_refused_before_their_token_is_looked_at() {
    for (networks, status) in [
        ("192.0.2.0/24", 403),
        ("192.0.2.0/24, 127.0.0.0/8", 200),
        ("::1,127.0.0.1", 200),
        ("::ffff:127.0.0.1", 200),
        ("127.0.0.2", 403),
    ] {
        let example = Example::start_with(&[("CALLHOOK_ALLOW", networks)]);
        let forged = (
            "x-forwarded-for",
            if status == 200 {
                "203.0.113.9"
            } else {
                "192.0.2.7"
            },
        );
        for headers in [&[][..], &[forged]] {
            let answer = example.exchange(&request("POST", &example.target(), headers, MESSAGE));
            assert_eq!(answer.status, status, "{networks}, {headers:?}");
        }
        let refused = if status == 200 { 401 } else { 403 };
        let answer = example.exchange(&request(
            "POST",
            "/webhooks/telecmi?token=wrong",
            &[],
            MESSAGE,
        ));
        assert_eq!(
            (answer.status, answer.outcome()),
            (refused, None),
            "{networks}"
        );
        assert_eq!(example.messages().len(), usize::from(status == 200));
    }
}

#[test]
fn behind_a_trusted_proxy_the_rightmost_address_that_is_no_proxy_counts() {
    let variables = [
        ("CALLHOOK_ALLOW", "192.0.2.0/24"),
        ("CALLHOOK_TRUSTED_PROXIES", "127.0.0.1,198.51.100.0/24"),
    ];
    let example = Example::start_with(&variables);
    for (lines, status) in [
        (&["192.0.2.7"][..], 200),
        (&["203.0.113.9, 192.0.2.7"], 200),
        (&["192.0.2.7, 203.0.113.9"], 403),
        (&["192.0.2.7, 198.51.100.3, 127.0.0.1"], 200),
        (&["192.0.2.7", "203.0.113.9"], 403),
        (&["203.0.113.9", "192.0.2.7", "198.51.100.3"], 200),
        (&["unknown, 192.0.2.7"], 200),
        (&["192.0.2.7, unknown"], 403),
        (&["192.0.2.7:4711"], 200),
        (&["::ffff:192.0.2.7"], 200),
        (&["\"[::ffff:192.0.2.7]:4711\""], 200),
        (&["192.0.2.07"], 403),
        (&["127.0.0.1, 198.51.100.3"], 403),
        (&[""], 403),
        (&[], 403),
    ] {
        let headers: Vec<_> = lines
            .iter()
            .map(|line| ("x-forwarded-for", *line))
            .collect();
        let answer = example.exchange(&request("POST", &example.target(), &headers, MESSAGE));
        assert_eq!(answer.status, status, "{lines:?}");
    }
    for header in ["x-real-ip", "forwarded", "x-client-ip", "cf-connecting-ip"] {
        let headers = [(
            header,
            if header == "forwarded" {
                "for=192.0.2.7"
            } else {
                "192.0.2.7"
            },
        )];
        let answer = example.exchange(&request("POST", &example.target(), &headers, MESSAGE));
        assert_eq!(answer.status, 403, "{header}");
    }
}
