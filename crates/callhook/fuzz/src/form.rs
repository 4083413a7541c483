//! Forms in bodies, and queries.

use callhook::payload::Payload;

use crate::model::{self, Grammar, form as forms};

/// A body and a query are read as the model reads them.
pub fn form(input: &[u8]) {
    let read = model::seen(Payload::from_body(input));
    assert_eq!(read, model::body(input, Grammar::Strict), "as a body");
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let read = model::seen(Payload::from_query(text));
    assert_eq!(read, forms::query(text, Grammar::Strict), "as a query");
}
