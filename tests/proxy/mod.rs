//! nginx and haproxy as child processes, each in front of a server.

mod config;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, thread};

/// A proxy's configuration, for where it listens and the path that it answers itself.
type Configure<'c> = dyn Fn(SocketAddr, &str) -> String + 'c;

/// Which program it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Haproxy,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Nginx, Self::Haproxy];

    /// The loopback address that is its own: servers see it as their peer. (All of 127.0.0.0/8 is loopback on Linux.)
    pub(crate) fn address(self) -> &'static str {
        match self {
            Self::Nginx => "127.0.0.7",
            Self::Haproxy => "127.0.0.8",
        }
    }

    fn command(self) -> Command {
        match self {
            Self::Nginx => {
                let mut command = Command::new(program("nginx"));
                command.args(["-p", "./", "-c", CONFIG]);
                command
            }
            Self::Haproxy => {
                let mut command = Command::new(program("haproxy"));
                command.args(["-db", "-f", CONFIG]);
                command
            }
        }
    }
}

/// The header in which it tells the server of its client. Others pass as the client sent them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    /// Appended to: by nginx on the same line, by haproxy as another line.
    XForwardedFor,
    /// Replaced.
    XRealIp,
    /// Appended to: by nginx on the same line, unless what is there is not RFC 7239; by haproxy as another line.
    Forwarded,
    /// Appended to: by nginx on the same line, whatever is there; by haproxy as another line.
    ForwardedUnread,
}

impl Header {
    pub(crate) const ALL: [Self; 4] = [
        Self::XForwardedFor,
        Self::XRealIp,
        Self::Forwarded,
        Self::ForwardedUnread,
    ];
}

/// A running proxy. It is killed when this is dropped.
pub(crate) struct Proxy {
    child: Child,
    directory: PathBuf,
    pub(crate) address: SocketAddr,
}

impl Proxy {
    /// On a free port of its own address, with `X-Forwarded-For`.
    pub(crate) fn start(kind: Kind, server: SocketAddr) -> Self {
        Self::start_with(kind, kind.address(), server, Header::XForwardedFor)
    }

    /// On a free port of its own address. It doesn't tell the server of its client.
    pub(crate) fn start_plain(kind: Kind, server: SocketAddr) -> Self {
        Self::start_any(kind, kind.address(), server, None)
    }

    /// On a free port of this address.
    pub(crate) fn start_with(kind: Kind, ip: &str, server: SocketAddr, header: Header) -> Self {
        Self::start_any(kind, ip, server, Some(header))
    }

    /// nginx on a free port of its own address, with this in its `http` block, where `@address` is where it listens and
    /// `@ready` a path that it has to answer with 204.
    pub(crate) fn start_nginx(http: &str) -> Self {
        let kind = Kind::Nginx;
        let configure = |address, ready: &str| config::nginx(http, address, ready);
        Self::start_configured(kind, kind.address(), &configure)
    }

    fn start_any(kind: Kind, ip: &str, server: SocketAddr, header: Option<Header>) -> Self {
        let configure = |address, ready: &str| config::of(kind, address, server, header, ready);
        Self::start_configured(kind, ip, &configure)
    }

    fn start_configured(kind: Kind, ip: &str, configure: &Configure<'_>) -> Self {
        let ip: IpAddr = ip.parse().expect(ip);
        let mut log = String::new();
        // The port that is free now may be taken a moment later.
        for _ in 0..5 {
            let listener = TcpListener::bind((ip, 0)).expect("a free port");
            let address = listener.local_addr().expect("an address");
            drop(listener);
            match Self::start_on(kind, address, configure) {
                Ok(proxy) => return proxy,
                Err(printed) => log = printed,
            }
        }
        panic!("{kind:?} doesn't start. It printed:\n{log}")
    }

    /// What it printed, where it doesn't start.
    fn start_on(
        kind: Kind,
        address: SocketAddr,
        configure: &Configure<'_>,
    ) -> Result<Self, String> {
        let mut command = kind.command();
        let name = unique_name();
        let directory = env::temp_dir().join(&name);
        fs::create_dir(&directory).expect("a directory for temporary files");
        let ready = format!("/{name}");
        let config = configure(address, &ready);
        fs::write(directory.join(CONFIG), config).expect("the configuration is written");
        let log = File::create(directory.join(LOG)).expect("a log");
        let child = command
            .current_dir(&directory)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("the proxy starts");
        let mut proxy = Self {
            child,
            directory,
            address,
        };
        if proxy.becomes_ready(&ready) {
            Ok(proxy)
        } else {
            Err(proxy.log())
        }
    }

    /// Whether it accepts connections before it ends, or much time has passed.
    fn becomes_ready(&mut self, path: &str) -> bool {
        let end = Instant::now() + Duration::from_secs(30);
        while Instant::now() < end {
            if is_ready(self.address, path) {
                return true;
            }
            let status = self.child.try_wait();
            if status.expect("a child can be waited for").is_some() {
                return false;
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }

    /// What it printed.
    pub(crate) fn log(&self) -> String {
        self.file(LOG)
    }

    /// What it wrote to a file in its directory.
    pub(crate) fn file(&self, name: &str) -> String {
        let text = fs::read(self.directory.join(name)).expect(name);
        String::from_utf8_lossy(&text).into_owned()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("the proxy at {} printed:\n{}", self.address, self.log());
        }
        // What stays there is not a reason to fail.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Asks for a path that this proxy alone answers itself: whoever else may have got the port doesn't count.
fn is_ready(address: SocketAddr, path: &str) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
        let mut status_line = [0; "HTTP/1.1 204".len()];
        stream.read_exact(&mut status_line)?;
        Ok::<_, std::io::Error>(status_line.ends_with(b" 204"))
    };
    ask().unwrap_or(false)
}

/// Where a program is. The directories for administrators' programs are not on every user's path.
fn program(name: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|directory| directory.join(name))
        .find(|program| Path::is_file(program))
        .unwrap_or_else(|| panic!("{name} is missing: install it, or run `tests/run`, which does"))
}

fn unique_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let now = std::time::UNIX_EPOCH
        .elapsed()
        .map_or(0, |now| now.as_nanos());
    format!("callhook-proxy-{}-{now}-{count}", process::id())
}

const CONFIG: &str = "proxy.conf";
const LOG: &str = "log";
