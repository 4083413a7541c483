//! A panic of a store, contained: trouble with the store, and not the end of the request that met it.

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use crate::panic::{CatchUnwind, Panicked};

/// Why a store could not answer.
pub(crate) type StoreError = Box<dyn Error + Send + Sync>;

/// The store panicked while it was asked.
///
/// Without the panic's own message, which may hold a part of what the store was asked about; the panic hook has printed it.
#[derive(Debug)]
pub(super) struct StorePanicked;

impl fmt::Display for StorePanicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the replay store panicked")
    }
}

impl Error for StorePanicked {}

/// Calls the store.
///
/// Unwind safe is what the store says of itself: it is asked again after a panic, as it is after any other error.
pub(super) fn contained<T>(call: impl FnOnce() -> T) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|_| StorePanicked.into())
}

/// Awaits the store's answer. A future that has panicked is not polled again.
pub(super) async fn poll_contained<T>(
    answer: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let answer = CatchUnwind(pin!(answer)).await;
    answer.unwrap_or_else(|Panicked| Err(StorePanicked.into()))
}
