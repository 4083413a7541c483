//! JSON objects and arrays.

use callhook::payload::Payload;

use crate::model::{self, Grammar};

/// Read in one pass, left to `serde_json` or read a second time, an object has the same fields, or is refused for the same
/// reason. As the value
/// of a field too, and shifted: the reader looks at eight bytes at a time.
pub fn json(input: &[u8]) {
    let expected = model::body(input, Grammar::Strict);
    assert_eq!(model::seen(Payload::from_body(input)), expected);
    let mut shifted = b"{\"".to_vec();
    shifted.resize(2 + input.len() % 8, b'x');
    shifted.extend_from_slice(b"\":");
    shifted.extend_from_slice(input);
    shifted.push(b'}');
    let read = model::seen(Payload::from_body(&shifted));
    assert_eq!(read, model::body(&shifted, Grammar::Strict), "shifted");
}
