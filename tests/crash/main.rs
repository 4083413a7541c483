//! Handled once, never lost: across several processes that share one Redis, and through whatever kills them, stops Redis,
//! or makes a sender hang up.
//!
//! Each test starts servers (`server.rs`), sends messages until each copy of each has got its 2xx, and then reads the log
//! that servers and senders have left. What can't be the same twice is drawn from a seed; `CALLHOOK_CRASH_SEED` sets it.
//! It repeats the choices, not the moments in which the machine makes them true. With `--nocapture` each run prints what
//! it counted.

mod client;
mod fleet;
mod hang_up;
mod kill;
mod messages;
mod once;
mod outage;
mod redis_commits;
mod senders;
mod timeline;

// Included, not copied: it belongs to the published crate, whose package has to hold its own tests, and this one is never
// packaged.
#[path = "../../crates/callhook-redis/tests/it/support/server.rs"]
#[expect(
    dead_code,
    reason = "callhook-redis has tests for what these have no use for"
)]
mod redis_server;
