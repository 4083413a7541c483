//! A request before anything was read of it: [`Raw`].

use axum::http::Uri;
use axum::http::request::Parts;
use bytes::Bytes;
use callhook::payload::Payload;

/// A request as it came.
pub(super) struct Raw {
    pub(super) parts: Parts,
    pub(super) body: Bytes,
}

impl Raw {
    /// The message, of a query without the token.
    pub(super) fn payload<'a>(&'a self, uri: &'a Uri, is_template: bool) -> Option<Payload<'a>> {
        let is_blank = self.body.iter().all(u8::is_ascii_whitespace);
        let payload = match uri.query() {
            Some(query) if is_blank => Payload::from_query(query),
            _ if is_template => Payload::from_template_body(&self.body),
            _ => Payload::from_body(&self.body),
        };
        payload.ok()
    }

    pub(super) fn last_segment(&self) -> Option<&str> {
        let path = self.parts.uri.path().trim_end_matches('/');
        path.rsplit('/')
            .next()
            .filter(|segment| !segment.is_empty())
    }
}
