//! A page that shows calls as they go on: [`Board`]. It knows no web framework; `example-board` serves it with axum, and
//! `example-actix` with actix-web.
//!
//! 1. [`Board::page`] is the whole page, written by the server, so that it shows something without JavaScript too. Then
//!    the page's script asks for [`Board::events`], server-sent events, and changes what they say has changed.
//! 2. HTML is written in this crate only, and all that comes from a message is escaped. The
//!    script puts in whole rows that the server has written.
//! 3. The first event of a connection always has everything, so nothing stale stays after the server or the connection
//!    was gone. No event is queued: a client that reads slowly is told later, and then the latest.
//! 4. The board keeps 2 000 calls and the page shows 200 of each list at first, so that neither grows with the traffic.
//! 5. Everybody who can read the page reads phone numbers. Serve it where nobody else gets: on a listener of its own,
//!    behind a guard such as [`Private`], never on the webhooks' listener. [`HEADERS`] belong on every
//!    answer.
//!
//! Calls come from a [`Source`]: a [`CallBook`](callhook::call::CallBook), which has one process's calls, or what you
//! implement it for. Requests come from the endpoints, whose [`Observer`](callhook::observe::Observer) the board is.

mod board;
mod codes;
mod html;
mod page;
mod private;
mod requests;
mod row;
mod source;
mod state;

pub use self::board::{Board, Events};
pub use self::private::Private;
pub use self::source::{Batch, BookSource, Shown, Source};
pub use self::state::KEPT;

/// The path of the style sheet that the page asks for.
pub const STYLE_PATH: &str = "/board.css";

/// The path of the script that the page asks for.
pub const SCRIPT_PATH: &str = "/board.js";

/// The path of the events that the script asks for.
pub const EVENTS_PATH: &str = "/events";

/// The page's media type.
pub const PAGE_TYPE: &str = "text/html; charset=utf-8";

/// The style sheet, with its media type.
pub const STYLE: (&str, &str) = (
    "text/css; charset=utf-8",
    include_str!("../static/board.css"),
);

/// The script, with its media type.
pub const SCRIPT: (&str, &str) = (
    "text/javascript; charset=utf-8",
    include_str!("../static/board.js"),
);

/// The media type of the events.
pub const EVENTS_TYPE: &str = "text/event-stream";

/// What every answer has as headers, that of the events too: nothing but the page's own files is loaded or run, no other
/// page shows or reads it, and nobody keeps it.
pub const HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
         frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cache-control", "no-store"),
];
