//! Bodies that people wrote as templates.

use callhook::payload::Payload;

use crate::model::{self, Content, Grammar};

/// A template reads as the model reads it, and what another platform's body may be reads as ever.
pub fn template(input: &[u8]) {
    let read = model::seen(Payload::from_template_body(input));
    let is_json = std::str::from_utf8(input).is_ok_and(|text| text.starts_with(['{', '[']));
    if let strict @ Ok(_) = model::seen(Payload::from_body(input))
        && is_json
    {
        assert_eq!(read, strict);
    }
    let expected = model::body(input, Grammar::Template);
    assert_eq!(read.map(spaceless), expected.map(spaceless));
}

/// An array's text without the white space between its tokens, which may be what was left of a comment.
fn spaceless(content: Content) -> Content {
    let array = content.array.map(|text| {
        let (mut is_string, mut is_escaped) = (false, false);
        let is_kept = |char: &char| {
            let was_string = is_string;
            is_string ^= *char == '"' && !is_escaped;
            is_escaped = was_string && *char == '\\' && !is_escaped;
            was_string || !model::is_space(*char)
        };
        text.chars().filter(is_kept).collect()
    });
    Content { array, ..content }
}
