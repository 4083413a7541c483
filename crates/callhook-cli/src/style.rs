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
        if is_hidden(char) {
            plain.extend(char.escape_default());
        } else {
            plain.push(char);
        }
    }
    plain
}

/// Whether a character is not seen itself, but changes what is seen of others: controls, marks of direction, line
/// separators, and those without a width.
pub(crate) fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_written_out() {
        for hidden in [
            '\u{1b}', '\u{7f}', '\u{9b}', '\u{61c}', '\u{200b}', '\u{200d}', '\u{200f}',
            '\u{2028}', '\u{2029}', '\u{202e}', '\u{2060}', '\u{2066}', '\u{feff}',
        ] {
            let number = u32::from(hidden);
            let shown = plain(&format!("a{hidden}b"));
            assert_eq!(shown, format!("a\\u{{{number:x}}}b"));
        }
        assert_eq!(plain("Zoé נועה"), "Zoé נועה");
        assert_eq!(plain("a\nb"), "a\\nb");
    }
}
