//! Server processes that are killed, kill themselves, and are started again.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// Killed when this is dropped.
#[derive(Debug)]
pub struct Fleet(Vec<Process>);

impl Fleet {
    /// Starts one process for each command. This variable tells each where to listen; its first line of output is the
    /// address, or a greeting that begins with `listening on http://` and the address.
    pub fn start(commands: impl IntoIterator<Item = Command>, listen: &'static str) -> Self {
        let processes = commands.into_iter();
        let processes = processes.map(|command| Process::start(command, listen));
        Self(processes.collect())
    }

    /// Where each listens, now and after it was started again.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.0.iter().map(|process| process.address).collect()
    }

    /// Kills one of them without a warning, and starts it again on the same port.
    pub fn crash(&mut self, process: usize) {
        self.0[process].kill();
        self.0[process].run();
    }

    /// Starts those again that are no more, and returns how many they were.
    pub fn revive(&mut self) -> usize {
        let mut count = 0;
        for process in &mut self.0 {
            let ended = process.child.try_wait().expect("a child can be waited for");
            if ended.is_some() {
                process.run();
                count += 1;
            }
        }
        count
    }
}

#[derive(Debug)]
struct Process {
    command: Command,
    child: Child,
    address: SocketAddr,
}

impl Process {
    fn start(mut command: Command, listen: &str) -> Self {
        command
            .env(listen, "127.0.0.1:0")
            // A server may end when this does, which it does when the tests' process is no more.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let (child, address) = spawn(&mut command).expect("the server starts");
        command.env(listen, address.to_string());
        Self {
            command,
            child,
            address,
        }
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn run(&mut self) {
        // A connection somewhere may have been given the port in the meantime.
        for _ in 0..50 {
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
    let line = line.trim_end();
    let line = line.strip_prefix("listening on http://").unwrap_or(line);
    if let Some(Ok(address)) = line.split(',').next().map(str::parse) {
        return Some((child, address));
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}
