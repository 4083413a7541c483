//! Words for "no value".

/// Whether a text means that there is no value: it is empty, or a word that programs write where they have no value, in
/// any case and with or without white space around it.
#[inline]
pub(crate) fn is_nothing(text: &str) -> bool {
    match text.as_bytes().first() {
        None => true,
        // What one of the words begins with, and what may be white space before it. Most values begin otherwise.
        Some(b'n' | b'N' | b'f' | b'F' | b'u' | b'U' | ..=b' ' | 0x80..) => is_word(text),
        Some(_) => false,
    }
}

/// Whether a text can name a call, a leg or a request: it means that there is a value, and is not a flag or a zero.
pub(crate) fn is_name(text: &str) -> bool {
    let trimmed = text.trim();
    trimmed != "0" && !trimmed.eq_ignore_ascii_case("true") && !is_nothing(text)
}

fn is_word(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

const WORDS: [&str; 8] = [
    "none",
    "null",
    "nil",
    "n/a",
    "not available",
    "false",
    "undefined",
    "unknown",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_means_no_value_in_any_case_and_with_white_space_around_it() {
        for word in WORDS {
            for text in [
                word.to_owned(),
                word.to_uppercase(),
                word[..1].to_uppercase() + &word[1..],
                format!(" {word}"),
                format!("\t{word}\r\n"),
                format!("\u{a0}{word}\u{3000}"),
            ] {
                assert!(is_nothing(&text), "{text:?}");
            }
        }
        for text in ["", " ", "\n\t", "\u{a0}"] {
            assert!(is_nothing(text), "{text:?}");
        }
    }

    #[test]
    fn other_texts_are_values() {
        for text in [
            "0",
            "00",
            "-",
            "true",
            "no",
            "none of these",
            "nonesuch",
            "Nil by mouth",
            "unknown_1111112",
            "falsetto",
            "anonymous",
            "*72",
            "restricted",
            "notavailable",
            "\"none\"",
            "été",
        ] {
            assert!(!is_nothing(text), "{text:?}");
        }
    }
}
