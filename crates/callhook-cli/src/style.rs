//! Colours, which are seen on a terminal only, and where `NO_COLOR` doesn't say otherwise: `anstream` strips them.

use std::fmt;

use anstyle::{AnsiColor, Style};

/// What a block is about.
pub(crate) const HEAD: Style = Style::new().bold();
/// The name of something, beside its value.
pub(crate) const NAME: Style = AnsiColor::Cyan.on_default();
/// What is as it should be.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What isn't.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What deserves a look.
pub(crate) const NOTE: Style = AnsiColor::Yellow.on_default();

/// A text in a style.
pub(crate) fn in_style(style: Style, text: impl fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A sender's text, for a terminal: without what could move the cursor, hide text or turn its direction.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for char in text.chars() {
        let turns = matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if char.is_control() || turns {
            plain.extend(char.escape_default());
        } else {
            plain.push(char);
        }
    }
    plain
}
