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
    let ended = Command::new("sh")
        .args(["-c", &line])
        .env("CALLHOOK_TOKEN", &example.token)
        .output()
        .expect("curl runs");
    let printed = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(ended.status.success(), "{ended:?}");
    assert!(printed.starts_with("HTTP/1.1 200 OK"), "{printed}");
    assert_eq!(example.only_message()["event"], "cdr");
}
