//! Processor time, as Linux counts it.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

/// The time that each thread of this process, and each process of a Postgres, has had until now.
pub(crate) struct Cpu {
    server: HashMap<u32, Duration>,
    postgres: HashMap<u32, Duration>,
}

pub(crate) struct Spent {
    pub(crate) server: Duration,
    pub(crate) postgres: Duration,
}

impl Cpu {
    pub(crate) fn now(postgres: u32) -> Self {
        let mut processes = HashMap::new();
        for process in numbers("/proc") {
            if process == postgres || parent(process) == Some(postgres) {
                processes.extend(spent(&format!("/proc/{process}")).map(|time| (process, time)));
            }
        }
        let threads = numbers("/proc/self/task");
        let threads = threads.filter_map(|thread| {
            let time = spent(&format!("/proc/self/task/{thread}"));
            time.map(|time| (thread, time))
        });
        Self {
            server: threads.collect(),
            postgres: processes,
        }
    }

    /// Of those that were there at both times: the threads of the senders come and go in between.
    pub(crate) fn since(&self, earlier: &Self) -> Spent {
        let between = |later: &HashMap<u32, Duration>, earlier: &HashMap<u32, Duration>| {
            let times = later.iter();
            let times = times.filter_map(|(id, time)| Some(time.saturating_sub(*earlier.get(id)?)));
            times.sum()
        };
        Spent {
            server: between(&self.server, &earlier.server),
            postgres: between(&self.postgres, &earlier.postgres),
        }
    }
}

/// The first number of `schedstat`: nanoseconds on a processor.
fn spent(directory: &str) -> Option<Duration> {
    let text = fs::read_to_string(format!("{directory}/schedstat")).ok()?;
    let nanos = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

/// The second field after the name, which is in parentheses and may have any character in it.
fn parent(process: u32) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    fields.split_whitespace().nth(1)?.parse().ok()
}

fn numbers(directory: &str) -> impl Iterator<Item = u32> {
    let entries = fs::read_dir(directory).expect("Linux has it");
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}
