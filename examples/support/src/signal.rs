//! When to end.

use std::future::pending;

/// Waits until the process is told to end: by SIGTERM, or ctrl-c.
///
/// What it is told counts from the call on, not from the first poll: of two that wait, neither misses a signal that comes
/// between their first polls.
pub fn signalled() -> impl Future<Output = ()> + Send + 'static {
    let (interrupted, terminated) = (interrupted(), terminated());
    async {
        tokio::select! {
            () = interrupted => {}
            () = terminated => {}
        }
    }
}

#[cfg(unix)]
fn interrupted() -> impl Future<Output = ()> + Send {
    of_kind(tokio::signal::unix::SignalKind::interrupt())
}

#[cfg(unix)]
fn terminated() -> impl Future<Output = ()> + Send {
    of_kind(tokio::signal::unix::SignalKind::terminate())
}

#[cfg(unix)]
fn of_kind(kind: tokio::signal::unix::SignalKind) -> impl Future<Output = ()> + Send {
    let signal = tokio::signal::unix::signal(kind);
    async {
        match signal {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => pending().await,
        }
    }
}

#[cfg(not(unix))]
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        pending::<()>().await;
    }
}

#[cfg(not(unix))]
async fn terminated() {
    pending().await
}
