//! What a message's fields are read from.

/// What holds a message's fields: the query of the URL, or the body.
#[derive(Clone, Copy)]
pub(crate) enum Content<'a> {
    Query(&'a str),
    Body(&'a [u8]),
}

impl<'a> Content<'a> {
    pub(crate) fn as_bytes(self) -> &'a [u8] {
        match self {
            Self::Query(query) => query.as_bytes(),
            Self::Body(body) => body,
        }
    }

    /// Another text in the same place.
    pub(crate) fn replaced(self, text: &str) -> Content<'_> {
        match self {
            Self::Query(_) => Content::Query(text),
            Self::Body(_) => Content::Body(text.as_bytes()),
        }
    }
}
