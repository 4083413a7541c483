//! The program under test, and a directory of its input.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fs, process};

use callhook::testing;

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The output of a run that has done what it was asked for.
    #[track_caller]
    pub(crate) fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// The object of a run with `--json`.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

pub(crate) fn program() -> &'static str {
    env!("CARGO_BIN_EXE_callhook")
}

/// Runs the program with this standard input, in an environment that has nothing of it.
pub(crate) fn callhook(arguments: &[&str], input: impl AsRef<[u8]>) -> Run {
    let mut command = Command::new(program());
    run(command.args(arguments), input)
}

pub(crate) fn run(command: &mut Command, input: impl AsRef<[u8]>) -> Run {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a standard input");
    let input = input.as_ref().to_vec();
    // It may end without having read all.
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("the input is written");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Run {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// A directory with the files that the examples in the program's help name. Deleted when it is dropped.
#[derive(Debug)]
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("callhook-cli-{}-{next}", process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a directory");
        let directory = Self(path);
        let record = testing::telecmi::cdr_inbound_answered();
        directory.write("body.json", &record.json());
        directory.write(
            "access.log",
            &format!(
                "203.0.113.7 - - [28/Nov/2026:00:09:49 +0000] \"GET /webhooks/telecmi?{} HTTP/1.1\" 200 0\n",
                record.query()
            ),
        );
        let piopiy = [
            testing::piopiy::cdr_inbound_answered(),
            testing::piopiy::answer_request(),
        ];
        let lines = piopiy.map(|sample| sample.json() + "\n").concat();
        directory.write("messages.jsonl", &lines);
        let report = testing::voipappz::report();
        directory.write("template.json", &report.json());
        directory.write("secret.txt", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
        directory
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).expect("a file");
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
