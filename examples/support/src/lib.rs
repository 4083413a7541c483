//! What the examples share, whatever their framework: their settings, the store of what their handlers got, and
//! when to end.

mod calls;
mod config;
mod signal;

use std::time::Duration;

pub use self::calls::Calls;
pub use self::config::Config;
pub use self::signal::signalled;

/// For requests that are under way when the process is told to end: as long as a body may take, and a handler after it.
pub const GRACE: Duration = Duration::from_secs(15);
