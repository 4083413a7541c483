//! What the examples share, whatever their framework: their settings, the store of what their handlers got, who
//! may read it, and when to end.

mod config;
mod messages;
mod private;
mod signal;

use std::time::Duration;

pub use self::config::Config;
pub use self::messages::Messages;
pub use self::private::Private;
pub use self::signal::signalled;

/// For requests that are under way when the process is told to end: as long as a body may take, and a handler after it.
pub const GRACE: Duration = Duration::from_secs(15);
