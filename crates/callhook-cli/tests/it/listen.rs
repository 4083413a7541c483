use std::path::PathBuf;

use crate::program::{Listening, Ran, run};
use crate::server::{Server, TOKEN};

pub(crate) fn file(name: &str) -> PathBuf {
    let file = std::env::temp_dir().join(format!("callhook-{}-{name}.jsonl", std::process::id()));
    // One of an earlier run.
    let _ = std::fs::remove_file(&file);
    file
}

#[test]
fn what_comes_is_shown_typed_whatever_platform_and_path() {
    let listening = Listening::start("--json");
    for (what, path) in [
        ("telecmi cdr-inbound-answered", "/telecmi"),
        ("telecmi cdr-inbound-answered --get", "/webhooks/telecmi"),
        ("piopiy dtmf", "/piopiy"),
        (
            "voipappz inbound-answered/call-answer --seed 7",
            "/voipappz",
        ),
    ] {
        let sent = run(&format!("send {what} --to {}{path}", listening.url));
        // A caller who is not answered hears silence.
        let code = if what == "piopiy dtmf" { 1 } else { 0 };
        assert_eq!(sent.code, Some(code), "{what}: {sent:?}");
    }
    assert_eq!(
        run(&format!("send telecmi flow --to {}/nothing", listening.url)).code,
        Some(1)
    );
    let ended = listening.end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let lines: Vec<serde_json::Value> = ended
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let told: Vec<[Option<&str>; 4]> = lines
        .iter()
        .map(|line| ["provider", "event", "status", "delivery"].map(|name| line[name].as_str()))
        .collect();
    assert_eq!(
        told,
        [
            [
                Some("telecmi"),
                Some("cdr"),
                Some("answered"),
                Some("first")
            ],
            [
                Some("telecmi"),
                Some("cdr"),
                Some("answered"),
                Some("replay")
            ],
            [Some("piopiy"), Some("dtmf"), None, Some("unchecked")],
            [
                Some("voipappz"),
                Some("report"),
                Some("Call:Answer"),
                Some("first")
            ],
            [Some("-"), None, None, None],
        ]
    );
    assert!(ended.err.contains("5 came:"), "{ended:?}");
}

#[test]
fn who_has_no_token_is_shown_as_refused_and_not_saved() {
    let file = file("token");
    let listening = Listening::start(&format!("--token {TOKEN} --save {}", file.display()));
    let url = format!("{}/telecmi", listening.url);
    let send = |token: &str| {
        run(&format!(
            "send telecmi cdr-inbound-answered --token {token} --to {url}"
        ))
    };
    assert_eq!(send("another-token-of-16-bytes").code, Some(1));
    assert_eq!(send(TOKEN).code, Some(0));
    let ended = listening.end();
    assert!(
        ended.out.contains("refused -> 401") && ended.out.contains("cdr answered"),
        "{ended:?}"
    );
    let saved = std::fs::read_to_string(&file).expect("a file");
    assert_eq!(saved.lines().count(), 1, "{saved}");
    for text in [&saved, &ended.out, &ended.err] {
        assert!(
            !text.contains(TOKEN) && !text.contains("another-token"),
            "{text}"
        );
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file)
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "others can read it");
    }
    std::fs::remove_file(&file).expect("removed");
}

#[test]
fn the_application_behind_gets_requests_as_they_came_and_its_answers_go_back() {
    let server = Server::start();
    let listening = Listening::start(&format!("--forward {}", server.url("")));
    for (what, path, out) in [
        ("telecmi cdr-inbound-answered --get", "telecmi", "200"),
        // The application's own replay protection answers.
        (
            "telecmi cdr-inbound-answered --form",
            "telecmi",
            "200 replay",
        ),
        (
            "telecmi cdr-inbound-answered --token another-token-of-16-bytes",
            "telecmi",
            "401",
        ),
    ] {
        let sent = run(&format!(
            "send {what} --to {}/webhooks/{path}",
            listening.url
        ));
        assert_eq!(sent.out.trim(), out, "{what}: {sent:?}");
    }
    let menu = run(&format!(
        "call --follow --presses 1 --to {}/webhooks/piopiy",
        listening.url
    ));
    assert_eq!(menu.code, Some(0), "{menu:?}");
    // The menu's keys go to the application's own URL, past this.
    let ended = listening.end();
    assert!(ended.out.contains("-> 200 replay"), "{ended:?}");
    assert_eq!(server.calls(), 2);
}

#[test]
fn an_application_that_is_not_there_is_a_bad_gateway_and_is_told() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address")
    };
    let listening = Listening::start(&format!("--forward http://{gone}"));
    let sent = run(&format!(
        "send telecmi cdr-inbound-answered --to {}/telecmi",
        listening.url
    ));
    assert_eq!((sent.code, sent.out.trim()), (Some(1), "502"));
    let ended = listening.end();
    assert!(
        ended.out.contains("-> 502: ") && ended.out.contains("connection refused"),
        "{ended:?}"
    );
}

#[test]
fn a_short_token_and_a_port_that_is_taken_are_refused() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    for (arguments, told) in [
        ("--port 0 --token short".to_owned(), "--token"),
        (format!("--port {port}"), "--port takes another port"),
        (
            "--port 0 --forward http://127.0.0.1:1/?a=b".to_owned(),
            "--forward",
        ),
        ("--port 0 --save /nowhere/at/all".to_owned(), "--save"),
    ] {
        let ran = run(&format!("listen {arguments}"));
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (Some(2), ""),
            "{arguments}: {ran:?}"
        );
        assert!(
            ran.err.contains(told) && !ran.err.contains("short\""),
            "{arguments}: {ran:?}"
        );
    }
}

fn send(to: &Listening) -> Ran {
    run(&format!(
        "send telecmi cdr-inbound-answered --to {}/telecmi",
        to.url
    ))
}

#[cfg(target_os = "linux")]
#[test]
fn a_message_that_can_not_be_shown_is_answered_and_saved_all_the_same() {
    let file = file("full");
    for more in ["", "--json"] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        let arguments = format!("{more} --save {}", file.display());
        let listening = Listening::with_stdout(&arguments, full.expect("/dev/full").into());
        let sent = send(&listening);
        assert_eq!((sent.code, sent.out.trim()), (Some(0), "200"), "{sent:?}");
        let nothing = run(&format!("send telecmi flow --to {}/nothing", listening.url));
        assert_eq!(nothing.out.trim(), "404", "{nothing:?}");
        let ended = listening.end();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(
            ended.err.contains("2 not shown") && ended.err.contains("1 saved"),
            "{ended:?}"
        );
    }
    std::fs::remove_file(&file).expect("removed");
}

#[cfg(unix)]
#[test]
fn a_file_that_is_there_is_made_its_owners_and_goes_on_after_a_line_in_part() {
    use std::os::unix::fs::PermissionsExt;

    let file = file("torn");
    std::fs::write(&file, "{\"method\":\"PO").expect("a file");
    let mode = |mode| std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(&file, mode(0o644)).expect("a mode");
    let listening = Listening::start(&format!("--save {}", file.display()));
    assert_eq!(send(&listening).code, Some(0));
    assert_eq!(listening.end().code, Some(0));
    let saved = std::fs::read_to_string(&file).expect("a file");
    let lines: Vec<&str> = saved.lines().collect();
    assert_eq!(lines.len(), 2, "{saved}");
    let line: serde_json::Value = serde_json::from_str(lines[1]).expect("an object");
    assert_eq!(line["path"], "/telecmi");
    let of = std::fs::metadata(&file).expect("a file").permissions();
    assert_eq!(of.mode() & 0o777, 0o600);
    std::fs::remove_file(&file).expect("removed");
}

#[test]
fn a_strangers_path_is_not_shown() {
    let listening = Listening::start("");
    let sent = run(&format!(
        "send telecmi flow --to {}/telecmi/{TOKEN}",
        listening.url
    ));
    assert_eq!(sent.out.trim(), "404", "{sent:?}");
    let ended = listening.end();
    assert!(
        ended.out.contains("nothing is at /telecmi/..:") && !ended.out.contains(TOKEN),
        "{ended:?}"
    );
}

#[cfg(unix)]
#[test]
fn who_is_told_to_end_twice_ends_at_once() {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    let listening = Listening::start("");
    let address = listening.url.trim_start_matches("http://").to_owned();
    // A request whose body doesn't come, which is waited for.
    let mut waiting = TcpStream::connect(&address).expect("a connection");
    waiting
        .write_all(
            b"POST /telecmi HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n",
        )
        .expect("a head");
    // Now it is.
    let mut asked = [0; 12];
    waiting.read_exact(&mut asked).expect("a line");
    assert_eq!(&asked, b"HTTP/1.1 100");
    listening.interrupt();
    while TcpStream::connect(&address).is_ok() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    listening.interrupt();
    assert_eq!(listening.ended().code, Some(130));
}
