//! What the commands that use the network run on.

use std::future::pending;

use tokio::runtime::{Builder, Runtime};

use crate::error::Error;

pub(crate) fn runtime() -> Result<Runtime, Error> {
    let built = Builder::new_multi_thread().enable_all().build();
    built.map_err(|error| Error::new(format!("can't start the runtime: {error}")))
}

/// Waits until the program is told to end: by ctrl-c, or by SIGTERM.
pub(crate) async fn told_to_end() {
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => {
            if interrupted.is_err() {
                pending::<()>().await;
            }
        }
        () = terminated() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    pending().await
}
