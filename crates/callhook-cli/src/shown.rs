//! What others sent, on the user's terminal.

use crate::style::plain;

/// Text from elsewhere, with its lines, and without what a terminal would act on.
pub(crate) fn harmless(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(plain).collect();
    lines.join("\n")
}

/// A body: its text, or how long it is where it is not text.
pub(crate) fn body(bytes: &[u8]) -> String {
    match str::from_utf8(bytes) {
        Ok(text) => harmless(text),
        Err(_) => format!("({} bytes that are not UTF-8)", bytes.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_keeps_its_lines_and_nothing_that_a_terminal_acts_on() {
        assert_eq!(body(b"a\x1b[2J\nb"), "a\\u{1b}[2J\nb");
        assert_eq!(body(&[0xff]), "(1 bytes that are not UTF-8)");
    }
}
