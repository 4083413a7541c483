//! Server processes that are started, killed and started again.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use callhook_tests::{Log, What, settings};

/// One run at a time has the machine: whoever has this.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How its servers are configured.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) policy: &'static str,
    pub(crate) lease: Duration,
    pub(crate) timeout: Duration,
    pub(crate) commit_pause: Duration,
    pub(crate) is_detached: bool,
}

impl Default for Settings {
    /// As an endpoint and a store have it by default, with a timeout for machines that are busy.
    fn default() -> Self {
        Self {
            policy: "handle",
            lease: Duration::from_secs(60),
            timeout: Duration::from_secs(10),
            commit_pause: Duration::ZERO,
            is_detached: false,
        }
    }
}

/// Some processes behind one Redis, and their log. Killed when this is dropped, or when the tests' own process ends.
pub(crate) struct Fleet {
    processes: Vec<Process>,
    log: Log,
    directory: Directory,
}

impl Fleet {
    pub(crate) fn start(count: usize, redis: &str, settings: &Settings) -> Self {
        let directory = Directory::new();
        let path = directory.0.join("log");
        let log = Log::open(&path).expect("a log");
        let processes = (0..count).map(|_| Process::start(redis, settings, &path));
        Self {
            processes: processes.collect(),
            log,
            directory,
        }
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        let addresses = self.processes.iter().map(|process| process.address);
        addresses.collect()
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// All that was written until now.
    pub(crate) fn read_log(&self) -> String {
        fs::read_to_string(self.directory.0.join("log")).expect("a log")
    }

    /// Kills a process without a warning, and starts it again on the same port.
    pub(crate) fn crash(&mut self, process: usize) {
        let process = &mut self.processes[process];
        let id = process.child.id();
        process.kill();
        self.log
            .write_of(id, What::Killed, "-")
            .expect("the log can be written");
        process.run();
    }

    /// Ends all processes in good order, which settles what is left to settle, and starts them again with a store that
    /// waits as long as the default settings have it.
    pub(crate) fn restart_in_order(&mut self) {
        let timeout = Settings::default().timeout.as_millis().to_string();
        for process in &mut self.processes {
            process.end();
            process.command.env(settings::TIMEOUT_MS, &timeout);
            process.run();
        }
    }
}

struct Process {
    command: Command,
    child: Child,
    address: SocketAddr,
}

impl Process {
    fn start(redis: &str, settings: &Settings, log: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callhook-crash-server"));
        let millis = |duration: Duration| duration.as_millis().to_string();
        command
            .env(settings::LISTEN, "127.0.0.1:0")
            .env(settings::REDIS, redis)
            .env(settings::LOG, log)
            .env(settings::POLICY, settings.policy)
            .env(settings::LEASE_MS, millis(settings.lease))
            .env(settings::TIMEOUT_MS, millis(settings.timeout))
            .env(settings::COMMIT_PAUSE_MS, millis(settings.commit_pause))
            .env(
                settings::DETACHED,
                if settings.is_detached { "yes" } else { "no" },
            )
            // It ends when this does, which it does when the tests' process is no more.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let (child, address) = spawn(&mut command).expect("the server starts");
        command.env(settings::LISTEN, address.to_string());
        Self {
            command,
            child,
            address,
        }
    }

    fn kill(&mut self) {
        // It may have ended by itself, which the next request will show.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn end(&mut self) {
        drop(self.child.stdin.take());
        let end = Instant::now() + Duration::from_secs(30);
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                assert!(status.success(), "the server ends with {status}");
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("the server doesn't end");
    }

    fn run(&mut self) {
        // A connection somewhere may have been given the port in the meantime.
        for _ in 0..20 {
            if let Some((child, _)) = spawn(&mut self.command) {
                self.child = child;
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("the server doesn't start again on {}", self.address);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A server that accepts connections, and where.
fn spawn(command: &mut Command) -> Option<(Child, SocketAddr)> {
    let mut child = command.spawn().expect("the server can be run");
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("standard output"));
    output.read_line(&mut line).expect("UTF-8");
    if let Ok(address) = line.trim_end().parse() {
        return Some((child, address));
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        // One run at a time.
        let path = env::temp_dir().join(format!("callhook-crash-{}", process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a directory for the log");
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
