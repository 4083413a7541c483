//! A server as the load sees it: a process, its address, and what it has used.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs};

use crate::kind::Kind;
use crate::message::Requests;
use crate::pin::Cores;

/// A server that runs until this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) address: SocketAddr,
    /// Kept with the server, which remembers what it has had.
    pub(crate) genuine: Requests,
    pub(crate) forged: Requests,
    child: Child,
}

impl Server {
    pub(crate) fn start(kind: Kind, cores: Option<Cores>) -> Result<Self, Box<dyn Error>> {
        let program = env::current_exe()?;
        let mut command = match cores {
            Some(cores) => cores.on_servers(&program),
            None => Command::new(&program),
        };
        let mut child = command
            .args(["server", kind.framework.name(), kind.variant.name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("no output to read from")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let port: u16 = line
            .trim()
            .parse()
            .map_err(|_| format!("{kind} did not start"))?;
        Ok(Self {
            kind,
            address: ([127, 0, 0, 1], port).into(),
            genuine: Requests::genuine(kind.variant),
            forged: Requests::forged(kind.variant),
            child,
        })
    }

    /// The requests that are to be answered with this status: those that are forged, with 401.
    pub(crate) fn requests(&mut self, expected: u16) -> &mut Requests {
        if expected == 401 {
            &mut self.forged
        } else {
            &mut self.genuine
        }
    }

    /// For how long it has run on a core.
    pub(crate) fn cpu(&self) -> Result<Duration, Box<dyn Error>> {
        cpu(&self.child.id().to_string())
    }

    /// How many bytes of memory it had at most.
    pub(crate) fn peak_memory(&self) -> Result<u64, Box<dyn Error>> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kibibytes = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"))
            .ok_or("no VmHWM in /proc")?;
        Ok(kibibytes.trim().parse::<u64>()? * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// For how long this process has run on a core.
pub(crate) fn own_cpu() -> Result<Duration, Box<dyn Error>> {
    cpu("self")
}

/// The kernel's count in nanoseconds, over all threads: `/proc/<pid>/stat` has ticks of 10 ms.
fn cpu(process: &str) -> Result<Duration, Box<dyn Error>> {
    let mut nanoseconds = 0;
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        let counts = fs::read_to_string(task?.path().join("schedstat"))?;
        let on_a_core = counts.split(' ').next().unwrap_or_default();
        nanoseconds += on_a_core.parse::<u64>()?;
    }
    if nanoseconds == 0 {
        return Err("this kernel keeps no schedstat".into());
    }
    Ok(Duration::from_nanos(nanoseconds))
}
