//! The example, as a process.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use callhook_test_support::{Reply, TOKEN, exchange, request};

use crate::database::Database;

pub(crate) const TARGET: &str = "/webhooks/telecmi?token=a-token-of-24-characters";

/// The example with this database, that gives a job two tries and thinks a worker dead that is silent for a second.
pub(crate) fn command(database: &Database) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_example-queue"));
    command
        .env("CALLHOOK_DATABASE_URL", &database.url)
        .env("CALLHOOK_TOKEN", TOKEN)
        .env("LISTEN", "127.0.0.1:0")
        .env("LISTEN_PRIVATE", "127.0.0.1:0")
        .env_remove("LISTEN_PRIVATE_HOSTS")
        .env_remove("JOBS_AT_ONCE")
        .env("JOB_ATTEMPTS", "2")
        .env("WORKER_TIMEOUT", "1");
    command
}

/// One that runs, and is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    private: SocketAddr,
}

impl Server {
    pub(crate) fn start(mut command: Command) -> Self {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the example can be run");
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("standard output"));
        output.read_line(&mut line).expect("UTF-8");
        let (address, private) = line
            .trim_end()
            .strip_prefix("listening on http://")
            .and_then(|rest| rest.strip_suffix("/failed"))
            .and_then(|rest| rest.split_once(", showing failed jobs at http://"))
            .unwrap_or_else(|| panic!("no greeting but {line:?}"));
        Self {
            address: address.parse().expect("an address"),
            private: private.parse().expect("an address"),
            child,
        }
    }

    /// What it answers a message that comes to this path.
    pub(crate) fn post_to(&self, target: &str, body: &str) -> u16 {
        exchange(self.address, &request("POST", target, &[], body.as_bytes())).status
    }

    /// What its private listener answers.
    pub(crate) fn privately(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Reply {
        exchange(self.private, &request(method, target, headers, b""))
    }

    /// Without a warning.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it can be waited for");
    }

    /// Asks it to end. What it has logged.
    pub(crate) fn terminate(mut self) -> String {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status();
        assert!(sent.expect("kill can be run").success());
        let mut log = String::new();
        let mut error = self.child.stderr.take().expect("standard error");
        error.read_to_string(&mut log).expect("UTF-8");
        let status = self.child.wait().expect("it can be waited for");
        assert!(status.success(), "{status}: {log}");
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
