//! A task of its own for a handler that has to finish.

use std::panic::resume_unwind;

use actix_web::rt::spawn;
use tracing::Instrument as _;

/// Runs a future to its end, whether or not the returned future is dropped. A panic continues where it is awaited.
///
/// The task is one of this worker's, as the future can't leave its thread.
pub(crate) async fn detach<F>(future: F) -> F::Output
where
    F: Future + 'static,
    F::Output: 'static,
{
    match spawn(future.in_current_span()).await {
        Ok(output) => output,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The worker is shutting down, and takes whoever waits here along.
            Err(_) => std::future::pending().await,
        },
    }
}
