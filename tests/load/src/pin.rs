//! The servers on one core, the load on another, by `taskset` where it is installed.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio, id};

/// A core for the servers and one for the load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    pub(crate) servers: usize,
    pub(crate) load: usize,
}

impl Cores {
    /// Puts this process on its core. None where there are not two cores, or no `taskset`: then the scheduler decides.
    pub(crate) fn take() -> Option<Self> {
        let allowed = fs::read_to_string("/proc/self/status").ok()?;
        let allowed = allowed
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
        let mut allowed = allowed.trim().split(',').flat_map(range);
        let cores = Self {
            servers: allowed.next()?,
            load: allowed.next()?,
        };
        let taken = Command::new("taskset")
            .args(["-a", "-p", "-c"])
            .args([cores.load.to_string(), id().to_string()])
            .stdout(Stdio::null())
            .status();
        taken.is_ok_and(|status| status.success()).then_some(cores)
    }

    /// The program, on the servers' core.
    pub(crate) fn on_servers(self, program: &Path) -> Command {
        let mut command = Command::new("taskset");
        command.args(["-c", &self.servers.to_string()]).arg(program);
        command
    }
}

/// `3`, or `0-3`; nothing when it is neither.
fn range(text: &str) -> std::ops::Range<usize> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) => first..last + 1,
        _ => 0..0,
    }
}
