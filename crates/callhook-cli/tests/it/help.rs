//! What `--help` says is so: every example is run as it is printed.

use std::process::Command;

use crate::support::{Directory, callhook, program, run};

/// The commands in the examples of a command's help, as one script.
pub(crate) fn examples(command: &str) -> String {
    let help = callhook(&[command, "--help"], "").good();
    let mut script = String::new();
    let mut goes_on = false;
    for line in help.lines() {
        let trimmed = line.trim_start();
        let example = trimmed.strip_prefix("$ ");
        if goes_on || example.is_some() {
            // On a narrow terminal it would be cut in two.
            assert!(line.len() <= 80, "{line}");
            script.push_str(example.unwrap_or(trimmed));
            script.push('\n');
            goes_on = line.ends_with('\\');
        }
    }
    assert!(!script.is_empty(), "{command}: {help}");
    script
}

/// Runs a script where the files of the examples are. It ends with its first command that fails.
#[track_caller]
pub(crate) fn run_script(directory: &Directory, script: &str) -> String {
    let programs = std::path::Path::new(program())
        .parent()
        .expect("a directory");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("sh");
    shell
        .args(["-e", "-u", "-c", script])
        .env("PATH", format!("{}:{path}", programs.display()))
        .current_dir(directory.path());
    let done = run(&mut shell, "");
    assert_eq!(done.code, Some(0), "{script}\n{done:?}");
    done.stdout
}

#[test]
fn every_example_in_the_help_does_what_it_says() {
    for command in ["decode", "sign", "verify", "explain", "completions", "man"] {
        let directory = Directory::new();
        run_script(&directory, &examples(command));
    }
}

#[test]
fn the_help_names_every_command() {
    let help = callhook(&["--help"], "").good();
    for command in ["decode", "sign", "verify", "explain", "completions", "man"] {
        assert!(help.contains(&format!("\n  {command}")), "{help}");
    }
}

#[test]
fn the_pages_of_the_manual_are_one_for_each_command() {
    let directory = Directory::new();
    run_script(&directory, "callhook man --dir .");
    for page in ["callhook.1", "callhook-decode.1", "callhook-verify.1"] {
        let page = std::fs::read_to_string(directory.path().join(page)).expect("a page");
        assert!(page.contains(".SH SYNOPSIS"), "{page}");
    }
}
