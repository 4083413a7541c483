//! Bodies that people wrote as templates.

use callhook::payload::Payload;

use crate::model::{self, Grammar};

/// A template reads as the model reads it, and what is sound JSON reads as ever.
pub fn template(input: &[u8]) {
    let read = model::seen(Payload::from_template_body(input));
    let is_json = std::str::from_utf8(input).is_ok_and(|text| text.starts_with(['{', '[']));
    if let strict @ Ok(_) = model::seen(Payload::from_body(input))
        && is_json
    {
        assert_eq!(read, strict);
    }
    // What is wrong with a body that neither of the two readings takes is told by one or the other.
    assert_eq!(read.ok(), model::body(input, Grammar::Template).ok());
}
