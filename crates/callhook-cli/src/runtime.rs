//! What the commands that use the network run on.

use std::future::pending;
use std::process;

use tokio::runtime::{Builder, Runtime};

use crate::error::Error;

pub(crate) fn runtime() -> Result<Runtime, Error> {
    let built = Builder::new_multi_thread().enable_all().build();
    built.map_err(|error| Error::new(format!("can't start the runtime: {error}")))
}

/// Waits until the program is told to end: by ctrl-c, or by SIGTERM. When it is told again, it ends at once.
pub(crate) async fn told_to_end() {
    let mut signals = Signals::new();
    signals.next().await;
    tokio::spawn(async move {
        signals.next().await;
        process::exit(INTERRUPTED);
    });
}

/// As shells have it: 128, and the number of the signal of ctrl-c.
const INTERRUPTED: i32 = 130;

/// What the program is sent from its making on, so that none is missed between two.
#[cfg(unix)]
struct Signals {
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    async fn next(&mut self) {
        tokio::select! {
            () = received(self.interrupt.as_mut()) => {}
            () = received(self.terminate.as_mut()) => {}
        }
    }
}

#[cfg(unix)]
async fn received(signal: Option<&mut tokio::signal::unix::Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => pending().await,
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            pending::<()>().await;
        }
    }
}
