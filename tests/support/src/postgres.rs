//! A Postgres of one test, or of all tests of a process.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fs, process};

/// Runs on a free port of 127.0.0.1, with its files in a directory of its own, until it is dropped or this process
/// ends, however it ends. The superuser is `postgres`, without a password.
///
/// It needs the programs of a Postgres server, on the path or in `/usr/lib/postgresql`. Postgres refuses to run as
/// root: then it is run as the user `postgres`, or `nobody`.
#[derive(Debug)]
pub struct Postgres {
    keeper: Child,
    port: u16,
    directory: PathBuf,
    owner: Option<(u32, u32)>,
}

impl Postgres {
    /// Starts one with settings beside those that keep it small, such as `fsync=off`.
    #[must_use]
    pub fn start(settings: &[&str]) -> Self {
        let owner = owner();
        // Somebody else may take the port between the look and the start.
        for _ in 0..10 {
            let directory = directory(owner);
            let port = free_port();
            init(&directory, port, settings, owner);
            if let Some(keeper) = keep(&directory, owner) {
                return Self {
                    keeper,
                    port,
                    directory,
                    owner,
                };
            }
        }
        panic!("Postgres does not start");
    }

    /// The URL of one of its databases.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes a database, and returns its URL.
    #[must_use]
    pub fn database(&self) -> String {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut command = program("createdb", self.owner);
        command.args(["--host", "127.0.0.1", "--port", &self.port.to_string()]);
        run(command.args(["--username", "postgres", &name]));
        self.url(&name)
    }

    /// Stops it as a crash would: what it has not written is lost, and it recovers when it starts again.
    pub fn stop_immediately(&self) {
        let mut command = program("pg_ctl", self.owner);
        command.args(["stop", "--mode", "immediate", "--wait", "--pgdata"]);
        run(command.arg(&self.directory));
    }

    /// Starts it again on the same port.
    pub fn start_again(&self) {
        let mut command = program("pg_ctl", self.owner);
        command.args(["start", "--wait", "--timeout", "120", "--pgdata"]);
        command.arg(&self.directory).arg("--log").arg(self.log());
        // The server would keep a pipe open.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let status = command.status().expect("pg_ctl can be run");
        assert!(status.success(), "Postgres does not start again");
    }

    /// What the server has logged.
    #[must_use]
    pub fn read_log(&self) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// The process that all others of it are children of.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        let file = fs::read_to_string(self.directory.join("postmaster.pid"));
        let file = file.expect("a server that runs");
        let first = file
            .lines()
            .next()
            .and_then(|line| line.trim().parse().ok());
        first.expect("a process's number")
    }

    fn log(&self) -> PathBuf {
        self.directory.join("server.log")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The keeper stops the server and deletes the files when its input ends.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// Whom it is run as: nobody else but where this is root.
fn owner() -> Option<(u32, u32)> {
    let this = fs::metadata("/proc/self").expect("these tests need Linux");
    if this.uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("a list of users");
    let find = |name: &str| {
        let line = users
            .lines()
            .find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        let mut id = || fields.next()?.parse().ok();
        Some((id()?, id()?))
    };
    let owner = find("postgres").or_else(|| find("nobody"));
    Some(owner.expect("a user that is not root: postgres or nobody"))
}

fn directory(owner: Option<(u32, u32)>) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = env::temp_dir().join(format!("callhook-postgres-{}-{next}", process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a directory for the server");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("a directory of ours");
    if let Some((user, group)) = owner {
        chown(&path, Some(user), Some(group)).expect("root may give a directory away");
    }
    path
}

fn init(directory: &Path, port: u16, settings: &[&str], owner: Option<(u32, u32)>) {
    let mut command = program("initdb", owner);
    command.args(["--no-sync", "--no-locale", "--encoding", "UTF8"]);
    command.args(["--auth", "trust", "--username", "postgres", "--pgdata"]);
    run(command.arg(directory));
    let mut lines = String::from(SETTINGS);
    lines.push_str(&format!("port = {port}\n"));
    for setting in settings {
        lines.push_str(setting);
        lines.push('\n');
    }
    let path = directory.join("postgresql.auto.conf");
    fs::write(&path, lines).expect("settings can be written");
}

const SETTINGS: &str = "\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
shared_buffers = 16MB
";

/// A shell that starts the server, and stops it when its input ends, which it does when this process is no more.
fn keep(directory: &Path, owner: Option<(u32, u32)>) -> Option<Child> {
    let mut command = Command::new("sh");
    command.args(["-c", KEEPER, "sh"]);
    command.arg(path_of("pg_ctl")).arg(directory);
    as_owner(&mut command, owner);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut keeper = command.spawn().expect("a shell");
    let mut output = BufReader::new(keeper.stdout.take().expect("standard output"));
    let mut line = String::new();
    let _ = output.read_line(&mut line);
    if line.trim_end() == "started" {
        return Some(keeper);
    }
    drop(keeper.stdin.take());
    let _ = keeper.wait();
    None
}

const KEEPER: &str = r#"
trap '' INT
"$1" start --wait --timeout 120 --pgdata "$2" --log "$2/server.log" </dev/null >/dev/null 2>&1 && echo started
read -r _
"$1" stop --mode immediate --wait --pgdata "$2" </dev/null >/dev/null 2>&1
rm -rf "$2"
"#;

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}

fn program(name: &str, owner: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(path_of(name));
    as_owner(&mut command, owner);
    command.stdin(Stdio::null());
    command
}

fn as_owner(command: &mut Command, owner: Option<(u32, u32)>) {
    // The directory of the tests may not be the owner's to enter.
    command.current_dir("/");
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
}

/// Debian has them in a directory of their version, off the path.
fn path_of(program: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = env::split_paths(&path).collect();
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        let versions = versions.filter_map(Result::ok);
        let mut versions: Vec<PathBuf> = versions.map(|version| version.path()).collect();
        versions.sort();
        places.extend(
            versions
                .into_iter()
                .rev()
                .map(|version| version.join("bin")),
        );
    }
    let found = places.into_iter().map(|place| place.join(program));
    let mut found = found.filter(|path| path.is_file());
    found.next().unwrap_or_else(|| {
        panic!("these tests need {program}, on the path or in /usr/lib/postgresql/*/bin")
    })
}

fn run(command: &mut Command) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("a program of Postgres can be run");
    assert!(
        status.success(),
        "{command:?}: {status}\n{}{}",
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr)
    );
}
