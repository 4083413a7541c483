//! A `redis-server` of one test: another release of it, or Valkey, where `CALLHOOK_TEST_REDIS_SERVER` names the
//! program.

use std::ffi::OsString;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use redis::FromRedisValue;

/// Runs on a free port, with its files in a directory of its own, until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    port: u16,
    arguments: Vec<String>,
    directory: Directory,
    password: Option<String>,
    is_tls: bool,
}

/// How a server is started.
#[derive(Clone, Debug, Default)]
pub(crate) struct Start {
    arguments: Vec<String>,
    password: Option<String>,
    is_tls: bool,
}

impl Start {
    /// Writes everything down before it answers, so that nothing is lost when it is killed.
    pub(crate) fn durable() -> Self {
        Self::default()
            .with(&["--appendonly", "yes"])
            .with(&["--appendfsync", "always"])
    }

    pub(crate) fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|&argument| argument.to_owned()));
        self
    }

    pub(crate) fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self.with(&["--requirepass", password])
    }

    /// Takes TLS and nothing else, with this certificate and its key.
    pub(crate) fn tls(mut self, certificate: &Path, key: &Path, authority: &Path) -> Self {
        self.is_tls = true;
        let files = [
            ("--tls-cert-file", certificate),
            ("--tls-key-file", key),
            ("--tls-ca-cert-file", authority),
        ];
        for (option, file) in files {
            let file = file.to_str().expect("a path that is text");
            self = self.with(&[option, file]);
        }
        self.with(&["--tls-auth-clients", "no"])
    }

    pub(crate) fn start(self) -> Server {
        // Somebody else may take the port between the look and the start.
        for _ in 0..20 {
            let port = free_port();
            let directory = Directory::new();
            let mut child = spawn(port, self.is_tls, directory.path(), &self.arguments);
            if is_up(&mut child, port) {
                return Server {
                    child,
                    port,
                    arguments: self.arguments,
                    directory,
                    password: self.password,
                    is_tls: self.is_tls,
                };
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("redis-server does not start");
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        Start::default().start()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        let scheme = if self.is_tls { "rediss" } else { "redis" };
        match &self.password {
            Some(password) => format!("{scheme}://:{password}@127.0.0.1:{}", self.port),
            None => format!("{scheme}://127.0.0.1:{}", self.port),
        }
    }

    /// Sends one command on a connection of its own.
    pub(crate) fn query<T: FromRedisValue>(&self, command: &[&str]) -> T {
        let (name, arguments) = command.split_first().expect("a command");
        let client = redis::Client::open(self.url()).expect("a valid URL");
        let mut connection = client.get_connection().expect("a server that answers");
        redis::cmd(name)
            .arg(arguments)
            .query(&mut connection)
            .unwrap_or_else(|error| panic!("{command:?}: {error}"))
    }

    /// One figure of `INFO`.
    pub(crate) fn info(&self, name: &str) -> Option<String> {
        let info: String = self.query(&["INFO", "everything"]);
        let mut lines = info.lines().filter_map(|line| line.split_once(':'));
        lines.find_map(|(key, value)| (key == name).then(|| value.to_owned()))
    }

    pub(crate) fn is_redis_6(&self) -> bool {
        let version = self.info("redis_version");
        version.is_some_and(|version| version.starts_with("6."))
    }

    /// Those keys that have what is known of a message.
    pub(crate) fn messages(&self) -> Vec<String> {
        let mut keys = self.keys();
        keys.retain(|key| !key.ends_with(":claim"));
        keys
    }

    /// All keys, in the order of their names.
    pub(crate) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.query(&["KEYS", "*"]);
        keys.sort();
        keys
    }

    /// Stops its process where it is. Its sockets stay open and take what is sent.
    pub(crate) fn pause(&self) -> Paused<'_> {
        self.signal("STOP");
        Paused(self)
    }

    /// Kills it as a power cut would, and leaves its port and files for `restart`.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again on the same port, with what it had written down.
    pub(crate) fn restart(&mut self) {
        self.restart_with(&[]);
    }

    /// As `restart`, with more arguments. It may still be loading.
    pub(crate) fn restart_with(&mut self, arguments: &[&str]) {
        self.kill();
        let more = arguments.iter().map(|&argument| argument.to_owned());
        let arguments: Vec<String> = self.arguments.iter().cloned().chain(more).collect();
        for _ in 0..20 {
            self.child = spawn(self.port, self.is_tls, self.directory.path(), &arguments);
            if is_up(&mut self.child, self.port) {
                return;
            }
            self.kill();
        }
        panic!("redis-server does not start again");
    }

    fn signal(&self, signal: &str) {
        let kill = format!("kill -{signal} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &kill]).status();
        assert!(status.is_ok_and(|status| status.success()), "{kill}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Goes on when dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Paused<'a>(&'a Server);

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        self.0.signal("CONT");
    }
}

#[derive(Debug)]
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("callhook-redis-{}-{next}", process::id()));
        fs::create_dir_all(&path).expect("a directory for files");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A free port, whose neighbour ten thousand further on, which a cluster's node takes too, exists.
fn free_port() -> u16 {
    for _ in 0..1000 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        if port < 55_000 {
            return port;
        }
    }
    panic!("no free port below 55000");
}

/// The program that is the server.
pub(crate) fn program() -> OsString {
    env::var_os("CALLHOOK_TEST_REDIS_SERVER").unwrap_or_else(|| "redis-server".into())
}

fn spawn(port: u16, is_tls: bool, directory: &Path, arguments: &[String]) -> Child {
    let port = port.to_string();
    let plain = if is_tls { "0" } else { &*port };
    let mut server = Command::new(program());
    if is_tls {
        server.args(["--tls-port", &*port]);
    }
    server
        .args(["--port", plain, "--bind", "127.0.0.1"])
        .args(["--save", "", "--loglevel", "warning"])
        .arg("--dir")
        .arg(directory)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect(
            "these tests need redis-server, or the program that CALLHOOK_TEST_REDIS_SERVER names",
        )
}

/// Whether this process, and no other, listens on the port.
fn is_up(child: &mut Child, port: u16) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(30) {
        if !matches!(child.try_wait(), Ok(None)) {
            return false;
        }
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            // One that could not have the port ends within this time.
            thread::sleep(Duration::from_millis(50));
            return matches!(child.try_wait(), Ok(None));
        }
        thread::sleep(Duration::from_millis(10));
    }
    false
}
