//! What was logged.

use std::cell::RefCell;
use std::io;
use std::sync::{Arc, Mutex, Once, PoisonError};

use tracing_subscriber::filter::LevelFilter;

/// The log of one test's thread, and of the threads that write to it too, while this lives. Only for tests on a runtime
/// of one thread.
#[derive(Debug)]
pub struct Logs(Arc<Log>);

impl Logs {
    #[must_use]
    pub fn keep() -> Self {
        listen();
        let log = Arc::default();
        KEPT.set(Some(Arc::clone(&log)));
        Self(log)
    }

    pub fn text(&self) -> String {
        let log = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&log).into_owned()
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        KEPT.set(None);
    }
}

/// What a thread writes its log to, for a server's threads.
#[derive(Clone, Debug)]
pub struct LogWriter(Option<Arc<Log>>);

impl LogWriter {
    /// The one of this thread.
    #[must_use]
    pub fn of_this_thread() -> Self {
        Self(KEPT.with(|kept| kept.borrow().clone()))
    }

    /// This thread writes there from now on.
    pub fn use_here(&self) {
        KEPT.set(self.0.clone());
    }
}

/// Has everything logged from now on. One subscriber for all threads, and before anything is logged: `tracing`
/// remembers for each place that logs whether anybody listens, and a thread without a subscriber would have it forget
/// those of other threads.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_writer(|| Writer)
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .init();
    });
}

#[derive(Debug, Default)]
struct Log(Mutex<Vec<u8>>);

thread_local! {
    static KEPT: RefCell<Option<Arc<Log>>> = const { RefCell::new(None) };
}

/// Writes to the log that this thread keeps, if it keeps one.
struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A thread that ends has nothing left to keep it in.
        let _ = KEPT.try_with(|kept| {
            if let Some(log) = &*kept.borrow() {
                let mut log = log.0.lock().unwrap_or_else(PoisonError::into_inner);
                log.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
