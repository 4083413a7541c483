//! What is known of a request before its body ([`Head`]), and where in a request something is read ([`Location`]).
//!
//! Adapters build a head from their framework's request; nothing here names a framework's types.

mod charset;
mod content;
mod head;
mod location;

pub use self::head::{Head, HeaderLines};
pub use self::location::Location;

pub(crate) use self::charset::Charset;
pub(crate) use self::content::Content;
pub(crate) use self::location::check_header_name;
