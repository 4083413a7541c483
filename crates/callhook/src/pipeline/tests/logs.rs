//! What a test's thread has logged.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

use tracing_subscriber::filter::LevelFilter;

thread_local! {
    static KEPT: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// What is logged on this thread meanwhile, a line for each event: its level, target, message and fields.
pub(super) fn logged(act: impl FnOnce()) -> Vec<String> {
    // One subscriber for all threads: `tracing` remembers for each place that logs whether anybody listens, and a thread
    // without a subscriber would have it forget those of others.
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_writer(|| Writer)
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .without_time()
            .init();
    });
    KEPT.set(Some(Vec::new()));
    act();
    let log = KEPT.take().expect("it is kept until here");
    let log = String::from_utf8(log).expect("text");
    log.lines().map(|line| line.trim().to_owned()).collect()
}

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        KEPT.with_borrow_mut(|kept| {
            if let Some(log) = kept {
                log.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
