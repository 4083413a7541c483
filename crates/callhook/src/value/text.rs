//! Texts and ids.

text_type! {
    /// Free text, or the name of a person, a team or a file. `Debug` shows its length only.
    pub struct Text; hidden
}

text_type! {
    /// `cmiuuid`: names one **leg** of a call, not a call and not a message. Usually a UUID, not always.
    pub struct LegId; shown
}

text_type! {
    /// `conversation_uuid`: names a call, the same on all its legs. Not a UUID on PIOPIY's outbound calls.
    pub struct ConversationId; shown
}

text_type! {
    /// `call_id`: the switch's own name of a leg. It differs between a leg's events and its CDR, so it identifies
    /// nothing.
    pub struct CallId; shown
}

text_type! {
    /// `request_id`: names the API request that made a click-to-call. 43 characters, not a UUID.
    pub struct RequestId; shown
}

text_type! {
    /// The account's app id, as text. It is part of agent names and file names, so it is not secret.
    pub struct AppId; shown
}

from_scalar!(bool: read_bool);

/// A boolean as TeleCMI and PIOPIY write it: `true`, `"true"`, `"false"`, in any case.
fn read_bool(text: &str) -> Option<bool> {
    let text = text.trim_ascii();
    if text.eq_ignore_ascii_case("true") || text == "1" {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") || text == "0" {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_are_read_as_words_and_digits_and_nothing_else() {
        for (text, read) in [
            ("true", Some(true)),
            ("True", Some(true)),
            (" false", Some(false)),
            ("1", Some(true)),
            ("0", Some(false)),
            ("yes", None),
            ("", None),
        ] {
            assert_eq!(read_bool(text), read, "{text}");
        }
    }

    #[test]
    fn debug_shows_ids_and_hides_names() {
        assert_eq!(format!("{:?}", LegId::from("abc")), "\"abc\"");
        assert_eq!(format!("{:?}", Text::from("Alice")), "Text(5 bytes)");
    }
}
