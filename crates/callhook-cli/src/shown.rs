//! What others sent, on the user's terminal.

/// Text from elsewhere without what a terminal would act on: control characters are written as escapes.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() && letter != '\n' {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// The same on one line.
pub(crate) fn one_line(text: &str) -> String {
    harmless(text).replace('\n', "\\n")
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
    fn what_a_terminal_would_act_on_is_escaped() {
        assert_eq!(harmless("a\u{1b}[2Jb\nc\r"), "a\\u{1b}[2Jb\nc\\r");
        assert_eq!(one_line("a\nb"), "a\\nb");
        assert_eq!(body(&[0xff]), "(1 bytes that are not UTF-8)");
    }
}
