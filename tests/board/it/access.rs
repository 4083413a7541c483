//! What the board's answers say to browsers, and to whom the board is shown.

use callhook_test_support::request;

use crate::scene::{Scene, inbound};

#[test]
fn every_answer_tells_the_browser_to_keep_load_and_pass_on_nothing() {
    let scene = Scene::new();
    for (path, media_type) in [
        ("", "text/html"),
        ("board.css", "text/css"),
        ("board.js", "text/javascript"),
        ("events", "text/event-stream"),
    ] {
        let headers = scene.page.answered_headers(&format!("/{path}"));
        let header = |name: &str| {
            let headers = headers.as_object().expect("headers");
            let found = headers
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name));
            found
                .and_then(|(_, value)| value.as_str())
                .unwrap_or("")
                .to_owned()
        };
        assert!(
            header("content-type").starts_with(media_type),
            "{path}: {headers}"
        );
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(
            header("cross-origin-resource-policy"),
            "same-origin",
            "{path}"
        );
        assert_eq!(header("access-control-allow-origin"), "", "{path}");
        let policy = header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; "),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
    }
    assert_eq!(scene.page.errors(), [""; 0]);
}

#[test]
fn every_private_answer_has_the_boards_headers_and_refusals_too() {
    let scene = Scene::new();
    scene.post(&inbound("a", "440000000001", "101", false));
    let forwarded = ("x-forwarded-for", "192.0.2.1");
    for (path, headers, status) in [
        ("/", &[][..], 200),
        ("/messages", &[], 200),
        ("/calls", &[], 200),
        ("/unreadable", &[], 200),
        ("/nothing", &[], 404),
        ("/calls", &[forwarded], 403),
    ] {
        let answer = request("GET", path, headers, b"");
        let answer = scene.example.exchange_privately(&answer);
        assert_eq!(answer.status, status, "{path}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path} {status}: {name}");
        }
        let policy = answer.header("content-security-policy").unwrap_or("");
        assert!(
            policy.starts_with("default-src 'none'; "),
            "{path}: {policy}"
        );
    }
}

#[test]
fn the_webhooks_listener_has_no_board() {
    let scene = Scene::new();
    scene.post(&inbound("a", "440000000001", "101", false));
    for path in ["/", "/events", "/board.js", "/board.css"] {
        let answer = scene.example.exchange(&request("GET", path, &[], b""));
        assert_eq!((answer.status, answer.text()), (404, ""), "{path}");
    }
}

#[test]
fn no_more_clients_are_told_than_there_is_room_for_and_those_that_left_make_room() {
    let scene = Scene::new();
    let ask = || {
        let private = scene.example.private.expect("a private listener");
        let mut stream = callhook_test_support::connect(private);
        callhook_test_support::write(&mut stream, &request("GET", "/events", &[], b""));
        let mut status = [0; 12];
        std::io::Read::read_exact(&mut stream, &mut status).expect("a status");
        (stream, String::from_utf8_lossy(&status).into_owned())
    };
    // The page has one of 64.
    let clients: Vec<_> = (0..63).map(|_| ask()).collect();
    assert!(clients.iter().all(|(_, status)| status == "HTTP/1.1 200"));
    assert_eq!(ask().1, "HTTP/1.1 503");
    drop(clients);
    // The server notices when it next writes to them.
    let has_room = (0..1_000).any(|_| {
        scene.post(&inbound("a", "440000000001", "101", false));
        std::thread::sleep(std::time::Duration::from_millis(20));
        ask().1 == "HTTP/1.1 200"
    });
    assert!(has_room);
}
