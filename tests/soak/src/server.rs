//! A server under test: its process, what the kernel tells about it, and what it logs.

use std::sync::Arc;
use std::time::Duration;
use std::{fs, mem};

use callhook_test_support::TOKEN;
use tokio::time::{Instant, sleep};

use crate::example::Example;
use crate::redis_server;
use crate::subject::Subject;

/// Killed when this is dropped.
pub(crate) struct Server {
    pub(crate) subject: Arc<Subject>,
    pub(crate) samples: Vec<Sample>,
    /// Descriptors without a connection, before the traffic.
    pub(crate) idle: usize,
    example: Example,
    /// Of its log, the beginning of a line.
    unread: String,
}

/// What it has at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Requests that it had been sent.
    pub(crate) sent: u64,
    /// In KiB.
    pub(crate) resident: i64,
    pub(crate) descriptors: usize,
    pub(crate) threads: usize,
}

impl Server {
    /// With a database of its own in this Redis.
    pub(crate) fn start(name: &'static str, redis: &redis_server::Server, database: u8) -> Self {
        let url = format!("{}/{database}", redis.url());
        let variables = [
            ("CALLHOOK_TOKEN", TOKEN),
            ("CALLHOOK_REDIS_URL", &*url),
            // Resident memory has to show what is in use. By default glibc raises these after the first list of
            // megabytes that is shown and freed, and keeps as much for the next one.
            ("MALLOC_MMAP_THRESHOLD_", "131072"),
            ("MALLOC_TRIM_THRESHOLD_", "131072"),
        ];
        let example = Example::start_named(name, &variables);
        let private = example.private.expect("a private listener");
        Self {
            subject: Arc::new(Subject::new(name, example.address, private)),
            samples: Vec::new(),
            idle: 0,
            example,
            unread: String::new(),
        }
    }

    pub(crate) fn now(&self) -> Sample {
        let tasks = fs::read_dir(self.example.proc("task")).expect("its threads");
        Sample {
            sent: self.subject.tally.counts().sent,
            resident: self.example.resident(),
            descriptors: self.example.descriptors(),
            threads: tasks.count(),
        }
    }

    /// The most memory since [`forget_peak`](Self::forget_peak), in KiB.
    pub(crate) fn peak(&self) -> i64 {
        self.example.peak()
    }

    pub(crate) fn forget_peak(&self) {
        self.example.forget_peak();
    }

    /// Closes all connections that were kept, and waits until the server has noticed. How many descriptors are left.
    pub(crate) async fn settle(&self, expected: Option<usize>) -> usize {
        self.subject.close_kept();
        let start = Instant::now();
        let mut left = self.example.descriptors();
        let mut since = start;
        // The same for a second, and what is expected unless that doesn't come.
        while since.elapsed() < Duration::from_secs(1)
            || (expected.is_some_and(|expected| expected != left) && start.elapsed() < PATIENCE)
        {
            sleep(Duration::from_millis(20)).await;
            let now = self.example.descriptors();
            if now != left {
                (left, since) = (now, Instant::now());
            }
        }
        left
    }

    /// Looks through what it has logged since the last time for what it must not say.
    pub(crate) fn read_log(&mut self) {
        self.unread.push_str(&self.example.output.take());
        let end = self.unread.rfind('\n').map_or(0, |end| end + 1);
        let rest = self.unread.split_off(end);
        for line in mem::replace(&mut self.unread, rest).lines() {
            let is_fault = FAULTS.iter().any(|fault| line.contains(fault));
            if line.contains(TOKEN) || (is_fault && !line.contains(NO_FAULT)) {
                self.subject.mismatch(&format!("it logs {line}"));
            }
        }
    }
}

/// How long connections may be noticed after they ended: longer than a body may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The store couldn't be reached, a claim was lost, something broke.
const FAULTS: [&str; 4] = [
    "ERROR",
    "panicked",
    "outlived its lease",
    "drops settlements",
];

/// Actix's own word for a request that is none, of which the traffic has some.
const NO_FAULT: &str = "ERROR actix_http::h1::dispatcher: stream error: request parse error";
