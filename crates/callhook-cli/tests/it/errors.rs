//! What is said of input that isn't there, and how it looks on a terminal.

use std::process::Command;

use crate::support::{callhook, program, run};

#[test]
fn a_file_that_is_missing_and_an_empty_input_are_told() {
    let run = callhook(&["decode", "telecmi", "no-such-file.json"], "");
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr
            .starts_with("callhook: can't open no-such-file.json: "),
        "{run:?}"
    );
    let run = callhook(&["decode", "telecmi"], " \n");
    assert_eq!(run.code, Some(2));
    assert_eq!(run.stderr, "callhook: there is no message in the input\n");
}

#[test]
fn colours_are_for_terminals_and_no_color_is_heeded() {
    let colours = |variables: &[&str]| {
        let mut command = Command::new(program());
        command.args(["decode", "telecmi"]);
        for variable in ["NO_COLOR", "CLICOLOR_FORCE"] {
            command.env_remove(variable);
        }
        command.envs(variables.iter().map(|name| (name, "1")));
        let run = run(
            &mut command,
            r#"{"type":"cdr","cmiuuid":"a","status":"missed"}"#,
        );
        run.good().contains('\u{1b}')
    };
    assert!(!colours(&[]));
    assert!(colours(&["CLICOLOR_FORCE"]));
    assert!(!colours(&["CLICOLOR_FORCE", "NO_COLOR"]));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let line = "{\"type\":\"cdr\",\"cmiuuid\":\"a\",\"status\":\"missed\"}\n";
    let script = format!("{} decode telecmi --json --lines | head -n 1", program());
    let mut shell = Command::new("sh");
    let run = run(shell.args(["-c", &script]), line.repeat(20_000));
    assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{run:?}");
    assert_eq!(run.stdout.lines().count(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_is_no_panic() {
    for arguments in [
        "decode telecmi",
        "decode telecmi --json",
        "decode telecmi --redact",
        "sign --secret a-secret-of-16-bytes-or-more",
        "sign --secret a-secret-of-16-bytes-or-more --json",
        "verify --secret a-secret-of-16-bytes-or-more",
        "verify --secret a-secret-of-16-bytes-or-more --json",
        "explain --peer 127.0.0.1",
        "explain --peer 127.0.0.1 --json",
        "send telecmi --list",
        "completions bash",
        "man",
    ] {
        for stderr in ["", "2>/dev/full"] {
            let script = format!("{} {arguments} >/dev/full {stderr}", program());
            let mut shell = Command::new("sh");
            let body = r#"{"type":"cdr","cmiuuid":"a","status":"missed"}"#;
            let run = run(shell.args(["-c", &script]), body);
            assert_eq!(run.code, Some(2), "{arguments} {stderr}: {run:?}");
            assert!(
                !stderr.is_empty() || run.stderr.contains("callhook: can't write the output: "),
                "{arguments}: {run:?}"
            );
        }
    }
}
