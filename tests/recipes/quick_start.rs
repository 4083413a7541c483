//! The README's `curl` line.

use std::process::Command;

use super::README;
use crate::example::Example;

#[test]
fn the_curl_line_sends_a_message_that_is_handled() {
    let example = Example::start();
    let line = README.lines().find(|line| line.starts_with("curl "));
    let line = line.expect("a curl line");
    assert!(line.contains("http://127.0.0.1:3000/webhooks/telecmi?token=$CALLHOOK_TOKEN"));
    let line = line.replace("127.0.0.1:3000", &example.address.to_string());
    let run = |token: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", &line]).env("CALLHOOK_TOKEN", token);
        let ended = command.output().expect("curl runs");
        assert!(ended.status.success(), "{ended:?}");
        String::from_utf8_lossy(&ended.stdout).to_lowercase()
    };
    let printed = run(&example.token);
    assert!(printed.starts_with("http/1.1 200 ok"), "{printed}");
    assert!(!printed.contains("callhook-outcome"), "{printed}");
    let printed = run(&example.token);
    assert!(printed.starts_with("http/1.1 200 ok"), "{printed}");
    assert!(printed.contains("callhook-outcome: replay"), "{printed}");
    let printed = run("");
    assert!(printed.starts_with("http/1.1 401 "), "{printed}");
    let message = example.only_message();
    assert_eq!(
        (&message["event"], &message["leg_id"]),
        (&"cdr".into(), &"leg-1".into())
    );
}
