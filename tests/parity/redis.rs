//! A `redis-server` of one test, or the program that `CALLHOOK_TEST_REDIS_SERVER` names.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

/// Runs on a free port, with its files in a directory of its own, until it is dropped.
pub(super) struct Redis {
    child: Child,
    port: u16,
    directory: PathBuf,
}

impl Redis {
    pub(super) fn start() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // Somebody else may take the port between the look and the start.
        for _ in 0..20 {
            let next = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("callhook-parity-{}-{next}", process::id());
            let directory = env::temp_dir().join(name);
            fs::create_dir_all(&directory).expect("a directory for the server");
            let port = free_port();
            let program = env::var_os("CALLHOOK_TEST_REDIS_SERVER");
            let child = Command::new(program.unwrap_or_else(|| "redis-server".into()))
                .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
                .args(["--save", "", "--loglevel", "warning", "--dir"])
                .arg(&directory)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("these tests need redis-server");
            let mut redis = Self {
                child,
                port,
                directory,
            };
            if redis.is_up() {
                return redis;
            }
        }
        panic!("redis-server does not start");
    }

    /// Its process.
    #[allow(dead_code)] // Only the bench of the store asks.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// One of its databases, which share nothing.
    pub(super) fn url(&self, database: u8) -> String {
        format!("redis://127.0.0.1:{}/{database}", self.port)
    }

    /// Whether this process, and no other on its port, answers.
    fn is_up(&mut self) -> bool {
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(30) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return false;
            }
            if self.pong() {
                // One that could not have the port ends within this time.
                thread::sleep(Duration::from_millis(50));
                return matches!(self.child.try_wait(), Ok(None));
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }

    fn pong(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else {
            return false;
        };
        let mut line = String::new();
        stream.write_all(b"PING\r\n").is_ok()
            && BufReader::new(stream).read_line(&mut line).is_ok()
            && line == "+PONG\r\n"
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}
