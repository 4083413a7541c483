//! The example server as a child process.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{env, fs, mem, thread};

use callhook_test_support::{Reply, exchange, request};
use serde_json::Value;

use crate::wire::{Encoding, TELECMI, percent};

/// A running example. It is killed when this is dropped.
pub(crate) struct Example {
    child: Child,
    pub(crate) address: SocketAddr,
    /// Where it shows what is private, if it does.
    pub(crate) private: Option<SocketAddr>,
    /// Percent-encoded: the one that it was given, or else the one in the greeting. Empty where signatures are asked
    /// for.
    pub(crate) token: String,
    /// The line that it printed when it was ready.
    pub(crate) greeting: String,
    pub(crate) output: Output,
}

impl Example {
    /// On a free port, with a token of its own.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(variables: &[(&str, &str)]) -> Self {
        Self::start_named(&name(), variables)
    }

    /// This example, whichever `CALLHOOK_EXAMPLE` names.
    pub(crate) fn start_named(name: &str, variables: &[(&str, &str)]) -> Self {
        let mut child = command(name, variables)
            .spawn()
            .expect("the example starts");
        let (output, first_line) = Output::of(&mut child);
        let greeting = first_line.recv_timeout(Duration::from_secs(60));
        let greeting = greeting.expect("a first line within a minute");
        let parsed = Greeting::parse(&greeting).unwrap_or_else(|| {
            child.kill().expect("the child is killed");
            panic!("no greeting but {greeting:?}, {:?}", output.text())
        });
        let given = variables.iter().find(|(name, _)| *name == "CALLHOOK_TOKEN");
        Self {
            child,
            address: parsed.address,
            private: parsed.private,
            token: given.map_or(parsed.token, |(_, token)| percent(token, false)),
            greeting,
            output,
        }
    }

    /// Starts an example that is expected to refuse: how it ended, and what it printed.
    pub(crate) fn refuse_to_start(variables: &[(&str, &str)]) -> (ExitStatus, String) {
        let mut child = command(&name(), variables)
            .spawn()
            .expect("the example starts");
        let (output, _) = Output::of(&mut child);
        let ended = ended(&mut child);
        child.kill().expect("the child is killed");
        let status =
            ended.unwrap_or_else(|| panic!("with {variables:?} it runs: {:?}", output.text()));
        output.wait_for_end();
        (status, output.text())
    }

    /// TeleCMI's webhook: its path and query, token included.
    pub(crate) fn target(&self) -> String {
        self.target_at(TELECMI)
    }

    pub(crate) fn target_at(&self, path: &str) -> String {
        format!("{path}?token={}", self.token)
    }

    pub(crate) fn send(&self, encoding: Encoding, json: &str) -> Reply {
        self.send_to(TELECMI, encoding, json)
    }

    pub(crate) fn send_to(&self, path: &str, encoding: Encoding, json: &str) -> Reply {
        self.exchange(&encoding.request(&self.target_at(path), json))
    }

    /// POST with this body, and the right token.
    pub(crate) fn post(&self, body: impl AsRef<[u8]>) -> Reply {
        self.post_to(TELECMI, body)
    }

    pub(crate) fn post_to(&self, path: &str, body: impl AsRef<[u8]>) -> Reply {
        self.exchange(&request("POST", &self.target_at(path), &[], body.as_ref()))
    }

    /// GET with this query behind the right token.
    pub(crate) fn get(&self, query: &str) -> Reply {
        self.get_from(TELECMI, query)
    }

    pub(crate) fn get_from(&self, path: &str, query: &str) -> Reply {
        let target = format!("{}&{query}", self.target_at(path));
        self.exchange(&request("GET", &target, &[], b""))
    }

    pub(crate) fn exchange(&self, request: &[u8]) -> Reply {
        exchange(self.address, request)
    }

    /// Sends it to the listener for what is private.
    pub(crate) fn exchange_privately(&self, request: &[u8]) -> Reply {
        let private = self.private.expect("a private listener");
        exchange(private, request)
    }

    /// What `/messages` shows.
    pub(crate) fn messages(&self) -> Vec<Value> {
        self.list("/messages")
    }

    /// What `/calls` shows.
    pub(crate) fn calls(&self) -> Vec<Value> {
        self.list("/calls")
    }

    /// What `/unreadable` shows.
    pub(crate) fn unreadable(&self) -> Vec<Value> {
        self.list("/unreadable")
    }

    fn list(&self, path: &str) -> Vec<Value> {
        let answer = self.exchange_privately(&request("GET", path, &[], b""));
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        serde_json::from_slice(&answer.body).expect("a JSON array")
    }

    /// The one message that `/messages` shows.
    pub(crate) fn only_message(&self) -> Value {
        let mut messages = self.messages();
        assert_eq!(messages.len(), 1, "{messages:?}");
        messages.remove(0)
    }

    /// One property of each message that `/messages` shows.
    pub(crate) fn shown(&self, property: &str) -> Vec<Value> {
        let messages = self.messages();
        let properties = messages.iter().map(|message| message[property].clone());
        properties.collect()
    }

    /// How much memory it has, in KiB.
    pub(crate) fn resident(&self) -> i64 {
        self.memory("VmRSS")
    }

    /// The most memory that it had since [`forget_peak`](Self::forget_peak), in KiB.
    pub(crate) fn peak(&self) -> i64 {
        self.memory("VmHWM")
    }

    /// From now on the peak is what it has now.
    pub(crate) fn forget_peak(&self) {
        fs::write(self.proc("clear_refs"), "5").expect("the kernel forgets");
    }

    fn memory(&self, name: &str) -> i64 {
        let status = fs::read_to_string(self.proc("status")).expect("a status");
        status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .and_then(|size| size.trim().strip_suffix(" kB")?.parse().ok())
            .unwrap_or_else(|| panic!("no line {name}"))
    }

    /// How many files and connections it has open.
    pub(crate) fn descriptors(&self) -> usize {
        let open = fs::read_dir(self.proc("fd")).expect("its descriptors");
        open.count()
    }

    /// The process's.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What the kernel tells about it.
    pub(crate) fn proc(&self, file: &str) -> PathBuf {
        format!("/proc/{}/{file}", self.id()).into()
    }

    /// Asks it to end. How it did, or `None` if it still runs.
    pub(crate) fn terminate(&mut self) -> Option<ExitStatus> {
        let kill = format!("kill -TERM {}", self.id());
        let sent = Command::new("bash")
            .args(["-c", &kill])
            .status()
            .expect("bash runs");
        assert!(sent.success());
        ended(&mut self.child)
    }

    /// Waits until it has printed this, to either stream.
    pub(crate) fn wait_for_output(&self, text: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        while !self.output.text().contains(text) {
            assert!(Instant::now() < end, "{text:?} is not printed");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it, and returns what it printed after its greeting, to either stream.
    pub(crate) fn into_output(mut self) -> String {
        assert!(self.terminate().is_some(), "it does not end");
        self.output.wait_for_end();
        self.output.take()
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(name: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program(name));
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("CALLHOOK_") {
            command.env_remove(name);
        }
    }
    command
        .env("LISTEN", "127.0.0.1:0")
        .env("LISTEN_PRIVATE", "127.0.0.1:0")
        .env_remove("LISTEN_PRIVATE_HOSTS")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Whether the example is the one with actix-web, for the little that a framework decides.
pub(crate) fn is_actix() -> bool {
    name() == "example-actix"
}

/// The example that `CALLHOOK_EXAMPLE` names.
fn name() -> String {
    env::var("CALLHOOK_EXAMPLE").unwrap_or_else(|_| "example-axum".to_owned())
}

/// `deps/` of the profile's directory has the tests; the directory itself has the programs.
fn program(name: &str) -> PathBuf {
    let own = env::current_exe().expect("the program's own path");
    let mut directory = own.parent().expect("a target directory");
    if directory.ends_with("deps") {
        directory = directory.parent().expect("a target directory");
    }
    let program = directory.join(format!("{name}{}", env::consts::EXE_SUFFIX));
    assert!(
        program.is_file(),
        "{} is missing: run `cargo build -p {name}` first, or all of it with `tests/run`",
        program.display()
    );
    program
}

/// What the first line tells.
struct Greeting {
    address: SocketAddr,
    private: Option<SocketAddr>,
    token: String,
}

impl Greeting {
    fn parse(line: &str) -> Option<Self> {
        let rest = line.strip_prefix("listening on http://")?;
        let (addresses, curl) = rest.split_once(", try: curl ")?;
        let (addresses, _) = addresses.split_once(", remembering messages in ")?;
        let (address, private) = match addresses.split_once(", showing calls at http://") {
            Some((address, url)) => (address, Some(url.strip_suffix('/')?)),
            None => (addresses, None),
        };
        let token = curl
            .split_once("?token=")
            .and_then(|(_, rest)| rest.split_once('\''));
        Some(Self {
            address: address.parse().ok()?,
            private: private.map(str::parse).transpose().ok()?,
            token: token.map_or("", |(token, _)| token).to_owned(),
        })
    }
}

/// Waits some time for a child's end.
fn ended(child: &mut Child) -> Option<ExitStatus> {
    let end = Instant::now() + Duration::from_secs(20);
    while Instant::now() < end {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(10));
    }
    None
}

/// What a child prints.
pub(crate) struct Output {
    text: Arc<Mutex<String>>,
    readers: Vec<thread::JoinHandle<()>>,
}

impl Output {
    /// Reads both streams. The first line of standard output is kept apart.
    fn of(child: &mut Child) -> (Self, Receiver<String>) {
        let text = Arc::new(Mutex::new(String::new()));
        let (first, first_line) = channel();
        let mut stdout = BufReader::new(child.stdout.take().expect("standard output"));
        let stderr = BufReader::new(child.stderr.take().expect("standard error"));
        let [out_text, err_text] = [Arc::clone(&text), Arc::clone(&text)];
        let readers = vec![
            thread::spawn(move || {
                let mut line = String::new();
                stdout.read_line(&mut line).expect("UTF-8");
                // Nobody waits for it where the child is expected to refuse.
                let _ = first.send(line.trim_end().to_owned());
                copy(stdout, &out_text);
            }),
            thread::spawn(move || copy(stderr, &err_text)),
        ];
        (Self { text, readers }, first_line)
    }

    fn text(&self) -> String {
        self.text.lock().expect("no reader panicked").clone()
    }

    /// What there is by now, which is not kept any longer.
    pub(crate) fn take(&self) -> String {
        mem::take(&mut *self.text.lock().expect("no reader panicked"))
    }

    fn wait_for_end(&self) {
        while !self.readers.iter().all(thread::JoinHandle::is_finished) {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn copy(mut stream: impl Read, text: &Mutex<String>) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut bytes) {
        let read = String::from_utf8_lossy(&bytes[..count]);
        text.lock().expect("no reader panicked").push_str(&read);
    }
}
