//! Every example of every command's `--help`, word for word but for the addresses.

use crate::program::{Listening, program, run, run_command};
use crate::server::Server;

/// The lines of a command's examples, without `callhook` and the command.
fn examples(command: &str) -> Vec<String> {
    let help = run(&format!("{command} --help"));
    assert_eq!(help.code, Some(0));
    let prefix = format!("$ callhook {command}");
    let mut lines = help.out.lines();
    let mut examples = Vec::new();
    while let Some(line) = lines.next() {
        let Some(mut example) = line.strip_prefix("    ").map(str::to_owned) else {
            continue;
        };
        if !example.starts_with(&prefix) {
            continue;
        }
        // As on a narrow terminal: a command that is wrapped can't be pasted.
        assert!(line.len() < 80, "{line}");
        while example.ends_with('\\') {
            example.pop();
            example.push_str(lines.next().expect("a line that goes on").trim());
        }
        examples.push(example.split_off(prefix.len()));
    }
    assert!(examples.len() >= 3, "{command}: {examples:?}");
    examples
}

#[test]
fn the_examples_of_send_and_call_work_as_written() {
    for command in ["send", "call"] {
        let server = Server::start();
        for example in examples(command) {
            let address = server.address.to_string();
            let written = example
                .replace("127.0.0.1:3000", &address)
                .replace("127.0.0.1:3001", &address);
            let ran = run(&format!("{command} {written}"));
            assert_eq!(ran.code, Some(0), "{example}: {ran:?}");
        }
        assert!(server.handled() > 0, "{command}");
    }
}

#[test]
fn the_examples_of_listen_and_replay_work_as_written() {
    let folder = std::env::temp_dir().join(format!("callhook-examples-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let server = Server::start();
    for example in examples("listen") {
        let mut written = example.replace("127.0.0.1:3000", &server.address.to_string());
        for port in [" --port 4001", " --port 4002", "--port 4001", "--port 4002"] {
            written = written.replace(port, "");
        }
        let file = folder.join("messages.jsonl").display().to_string();
        let listening = Listening::start(&written.replace("messages.jsonl", &file));
        let url = format!("{}/telecmi", listening.url);
        let sent = run(&format!(
            "send telecmi cdr-inbound-answered --as-new --to {url}"
        ));
        // The application behind has its routes elsewhere.
        let code = if example.contains("--forward") { 1 } else { 0 };
        assert_eq!(sent.code, Some(code), "{example}: {sent:?}");
        let ended = listening.end();
        assert_eq!(ended.code, Some(0), "{example}: {ended:?}");
    }
    for example in examples("replay") {
        let written = example.replace("127.0.0.1:3000", &server.address.to_string());
        // What was saved came to the short path.
        let has_path = written.contains("/webhooks/");
        let arguments = format!("replay {written}");
        let ran = run_command(
            program()
                .current_dir(&folder)
                .args(arguments.split_whitespace()),
        );
        assert_eq!(
            ran.code,
            Some(if has_path { 0 } else { 1 }),
            "{example}: {ran:?}"
        );
    }
    std::fs::remove_dir_all(&folder).expect("removed");
}
