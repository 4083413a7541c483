//! Forms in bodies, and queries.

use callhook::payload::{MAX_FIELDS, Payload};

use crate::model::{self, Grammar, form as forms};

/// A body and a query are read as the model reads them, and have no more fields than they may.
pub fn form(input: &[u8]) {
    let read = model::seen(Payload::from_body(input));
    assert_eq!(read, model::body(input, Grammar::Strict), "as a body");
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let read = model::seen(Payload::from_query(text));
    assert_eq!(read, forms::query(text, Grammar::Strict), "as a query");
    if let Ok(content) = read {
        assert!(content.fields.len() <= MAX_FIELDS);
    }
}
