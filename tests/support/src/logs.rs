//! What was logged.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Once;

use tracing_subscriber::filter::LevelFilter;

/// The log of one test's thread, while this lives. Only for tests on a runtime of one thread.
#[derive(Debug)]
pub struct Logs(Rc<RefCell<Vec<u8>>>);

impl Logs {
    #[must_use]
    pub fn keep() -> Self {
        listen();
        let log = Rc::default();
        KEPT.set(Some(Rc::clone(&log)));
        Self(log)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow()).into_owned()
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        KEPT.set(None);
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

thread_local! {
    static KEPT: RefCell<Option<Rc<RefCell<Vec<u8>>>>> = const { RefCell::new(None) };
}

/// Writes to the log that this thread keeps, if it keeps one.
struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A thread that ends has nothing left to keep it in.
        let _ = KEPT.try_with(|kept| {
            if let Some(log) = &*kept.borrow() {
                log.borrow_mut().extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
