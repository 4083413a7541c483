//! What a refused request is answered, and who is told why.

use std::sync::{Arc, Mutex};

use callhook::RejectionKind;

use super::{Adapter, App, told};
use crate::{Logs, TOKEN, builder, cdr, cdr_query, chunk, endpoint, get, post};

pub(super) async fn another_method_is_refused_with_those_that_are_accepted(adapter: &impl Adapter) {
    let app = App::new(endpoint()).start(adapter).await;
    for method in ["DELETE", "PUT", "PATCH", "OPTIONS", "get", "POSTS"] {
        let request = format!(
            "{method} /hook?token={TOKEN} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n"
        );
        let reply = app.ask(request).await;
        assert_eq!(told(&reply), (405, None), "{method}");
        assert_eq!(reply.header("allow"), Some("POST, GET, HEAD"), "{method}");
        assert_eq!(reply.body, b"", "{method}");
    }
    app.goes_on().await;
}

pub(super) async fn an_endpoint_for_post_only_refuses_get_and_head(adapter: &impl Adapter) {
    let endpoint = builder().post_only().build().expect("a valid endpoint");
    let app = App::new(endpoint).start(adapter).await;
    for method in ["GET", "HEAD"] {
        let request = format!("{method} /hook?token={TOKEN} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let reply = app.ask(request).await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")));
    }
    app.goes_on().await;
}

pub(super) async fn a_token_that_is_wrong_missing_or_repeated_is_refused_with_the_same_bytes<
    A: Adapter,
>(
    adapter: &A,
) {
    let app = App::new(endpoint()).start(adapter).await;
    let longer = format!("token={TOKEN}x");
    let shorter = format!("token={}", &TOKEN[1..]);
    let upper = format!("token={}", TOKEN.to_uppercase());
    let twice = format!("token={TOKEN}&token={TOKEN}");
    let twice_encoded = format!("token={TOKEN}&%74oken={TOKEN}");
    let right_and_wrong = format!("token={TOKEN}&token=wrong");
    let another_name = format!("Token={TOKEN}");
    let not_utf8 = format!("token={TOKEN}%ff");
    let queries = [
        ("missing", ""),
        ("empty", "token="),
        ("without a value", "token"),
        ("wrong", "token=wrong"),
        ("longer", &longer),
        ("shorter", &shorter),
        ("in upper case", &upper),
        ("twice", &twice),
        ("twice, once encoded", &twice_encoded),
        ("right and wrong", &right_and_wrong),
        ("under another name", &another_name),
        ("not UTF-8", &not_utf8),
    ];

    let mut expected = [None, None];
    for (name, query) in queries {
        let post = |body: &str| {
            let length = body.len();
            format!(
                "POST /hook?{query} HTTP/1.1\r\nhost: h\r\ncontent-length: {length}\r\n\r\n{body}"
            )
        };
        for (is_left_unread, request) in [
            (false, get(query)),
            (false, get(&format!("{query}&{}", cdr_query("1")))),
            (false, post("").into()),
            (true, post(&cdr("1")).into()),
            (true, post("half {").into()),
        ] {
            let answer = app.ask(&request).await;
            let case = format!("{name}: {}", request.escape_ascii());
            assert_eq!(told(&answer), (401, None), "{case}");
            assert_eq!(answer.body, b"", "{case}");
            // A server may say that it closes where it leaves a body unread, whatever the token is.
            let expected = &mut expected[usize::from(A::SAYS_CLOSE && is_left_unread)];
            let expected = expected.get_or_insert_with(|| answer.without_date());
            assert_eq!(answer.without_date(), *expected, "{case}");
        }
    }
    assert_eq!(app.handler.runs(), 0);
    app.goes_on().await;
}

pub(super) async fn a_probe_ends_before_the_handler(adapter: &impl Adapter) {
    let app = App::new(endpoint()).start(adapter).await;
    for (method, query) in [
        ("GET", String::new()),
        ("GET", "&".to_owned()),
        ("HEAD", String::new()),
        ("HEAD", format!("&{}", cdr_query("1"))),
    ] {
        let request =
            format!("{method} /hook?token={TOKEN}{query} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let reply = app.ask(request).await;
        assert_eq!(told(&reply), (204, Some("probe")), "{method} {query}");
        let without_token = format!("{method} /hook HTTP/1.1\r\nhost: localhost\r\n\r\n");
        assert_eq!(app.ask(without_token).await.status, 401, "{method}");
    }
    assert_eq!(app.handler.runs(), 0);
    app.goes_on().await;
}

pub(super) async fn another_account_is_refused(adapter: &impl Adapter) {
    let endpoint = builder()
        .app_ids(["1", "2"])
        .build()
        .expect("a valid tenant");
    let app = App::new(endpoint).start(adapter).await;
    let without = cdr("1").replace(r#""appid":2222223,"#, "");
    for body in [cdr("1"), without] {
        let reply = app.ask(post(body)).await;
        assert_eq!(told(&reply), (403, Some("app_id_not_expected")));
    }
    app.is_handled(post(cdr("1").replace("2222223,", "2,")), 204)
        .await;
    assert_eq!(app.handler.runs(), 1);
}

pub(super) async fn outer_layers_see_why_a_request_was_refused(adapter: &impl Adapter) {
    let app = App::new(endpoint()).start(adapter).await;
    let message = cdr("1");
    let wrong = format!(
        "POST /hook?token=wrong HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{message}",
        message.len()
    );
    let head = format!("POST /hook?token={TOKEN} HTTP/1.1\r\nhost: localhost\r\n");
    let declared = format!("{head}content-length: 300000\r\n\r\n");
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n");
    let sent = [chunked.into_bytes(), chunk(&vec![b'x'; 300_000])].concat();
    let malformed = (RejectionKind::Unreadable, "malformed", true);
    let unauthenticated = (RejectionKind::Unauthenticated, "unauthenticated", false);
    let too_large = (RejectionKind::TooLarge, "too_large", true);
    let too_long = (RejectionKind::TooLarge, "too_large", false);
    for (request, status, expected) in [
        (post(&message), 204, None),
        (post(&message), 200, None),
        (post("{"), 400, Some(malformed)),
        (wrong.into_bytes(), 401, Some(unauthenticated)),
        (sent, 413, Some(too_large)),
        // Before the token was looked at.
        (declared.into_bytes(), 413, Some(too_long)),
    ] {
        assert_eq!(app.send_until_answered(request).await.status, status);
        let refusal = app.refusal();
        let refusal = refusal.map(|it| (it.kind, it.code, it.is_authenticated));
        assert_eq!(refusal, expected, "{status}");
    }
}

pub(super) async fn a_refusal_after_authentication_is_logged_with_its_cause_and_without_the_request(
    adapter: &impl Adapter,
) {
    let logs = Logs::keep();
    let app = App::new(endpoint()).start(adapter).await;
    let body = r#"{"type":"cdr","user":"named-agent","to":440000000001,"#;

    let reply = app.ask(post(body)).await;
    assert_eq!(told(&reply), (400, Some("malformed")));
    let wrong = String::from_utf8(post(body)).expect("text");
    let reply = app.ask(wrong.replace(TOKEN, "nearly-the-token")).await;
    assert_eq!(told(&reply), (401, None));
    assert_eq!(reply.body, b"");

    let log = logs.text();
    assert!(log.contains("WARN"), "{log}");
    assert!(log.contains(r#"outcome="malformed""#), "{log}");
    assert!(log.contains("the body is not valid JSON"), "{log}");
    assert!(log.contains("the token is wrong"), "{log}");
    for secret in [TOKEN, "nearly-the-token", "named-agent", "440000000001"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

pub(super) async fn what_authenticated_and_can_not_be_read_is_offered_with_its_bytes(
    adapter: &impl Adapter,
) {
    let offered = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&offered);
    let endpoint = builder()
        .on_unreadable(move |bytes, _| keep.lock().expect("not poisoned").push(bytes.to_vec()))
        .build()
        .expect("a valid endpoint");
    let app = App::new(endpoint).start(adapter).await;

    assert_eq!(app.ask(post("half {")).await.status, 400);
    let query = "a=%ff";
    let reply = app.ask(get(&format!("token={TOKEN}&{query}"))).await;
    assert_eq!(reply.status, 400);
    assert_eq!(app.ask(get(query)).await.status, 401);

    let offered = offered.lock().expect("not poisoned");
    assert_eq!(*offered, [b"half {".to_vec(), query.into()]);
}
