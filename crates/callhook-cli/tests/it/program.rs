//! Runs the program.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use crate::server::TOKEN;

/// What a run of it came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The object that it has printed.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callhook"));
    command
        .env("CALLHOOK_TOKEN", TOKEN)
        .env_remove("CALLHOOK_HMAC_SECRET");
    command
}

/// Runs it with these arguments, which spaces separate.
pub(crate) fn run(arguments: &str) -> Ran {
    run_command(program().args(arguments.split_whitespace()))
}

pub(crate) fn run_command(command: &mut Command) -> Ran {
    let output = command.output().expect("the program runs");
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// As ctrl-c does.
pub(crate) fn interrupt(child: &Child) {
    let id = child.id().to_string();
    let told = Command::new("kill").args(["-INT", &id]).status();
    assert!(told.expect("kill").success());
}

/// A `callhook listen` that runs until it is told to end.
pub(crate) struct Listening {
    child: Child,
    err: BufReader<std::process::ChildStderr>,
    pub(crate) url: String,
}

impl Listening {
    /// Runs it on a port of its own.
    pub(crate) fn start(arguments: &str) -> Self {
        Self::with_stdout(arguments, Stdio::piped())
    }

    pub(crate) fn with_stdout(arguments: &str, stdout: Stdio) -> Self {
        let mut child = program()
            .args(["listen", "--port", "0"])
            .args(arguments.split_whitespace())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut err = BufReader::new(child.stderr.take().expect("stderr"));
        let mut line = String::new();
        // What is told of the file comes first.
        while !line.starts_with("listening on ") {
            line.clear();
            let read = err.read_line(&mut line).expect("a line");
            assert_ne!(read, 0, "it has ended");
        }
        let address = line.strip_prefix("listening on ");
        let address = address.and_then(|rest| rest.split('/').nth(2));
        let url = format!("http://{}", address.unwrap_or_else(|| panic!("{line:?}")));
        Self { child, err, url }
    }

    pub(crate) fn interrupt(&self) {
        interrupt(&self.child);
    }

    /// Ends it as ctrl-c does.
    pub(crate) fn end(self) -> Ran {
        self.interrupt();
        self.ended()
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> Ran {
        let (mut out, mut err) = (String::new(), String::new());
        if let Some(stdout) = &mut self.child.stdout {
            stdout.read_to_string(&mut out).expect("UTF-8");
        }
        self.err.read_to_string(&mut err).expect("UTF-8");
        let code = self.child.wait().expect("an end").code();
        Ran { code, out, err }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // After an assertion has failed. It fails where it has ended.
        let _ = self.child.kill();
    }
}
