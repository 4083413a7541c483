//! What the examples share, whatever their framework: their settings, what their handler does, who may read what it got,
//! where they listen and when they end.

mod agent;
mod board;
mod config;
mod database;
mod handler;
mod ivr;
mod listen;
mod messages;
mod not_understood;
mod public_url;
mod recent;
mod signal;

use std::time::Duration;

pub use example_board_page::Private;

pub use self::agent::Agent;
pub use self::config::Config;
pub use self::database::{Database, DatabaseError, Tables};
pub use self::handler::{Handler, HandlerError};
pub use self::ivr::{Ivr, IvrEvent};
pub use self::listen::bind;
pub use self::messages::Messages;
pub use self::not_understood::NotUnderstood;
pub use self::signal::signalled;

/// For requests that are under way when the process is told to end: as long as a body may take, and a handler after it.
pub const GRACE: Duration = Duration::from_secs(15);
