//! A whole request: its path and its query may have a token, and when it came is a moment too.

use callhook::payload::Unreadable;
use callhook::voipappz::EventName;
use jiff::{SignedDuration, Timestamp};

use super::Redactor;
use super::invent;
use crate::saved::Saved;

impl Redactor {
    /// A saved request. Of its content type stays what comes before the parameters, where that is
    /// a known one.
    ///
    /// # Errors
    ///
    /// When its message can't be read.
    pub(crate) fn saved(&self, saved: &Saved) -> Result<Saved, Unreadable> {
        let bytes = saved.bytes().unwrap_or_default();
        let query = saved.query.as_deref();
        let is_in_query = bytes.trim_ascii().is_empty();
        let (query, body) = match query {
            Some(query) if is_in_query => (Some(self.query(query)?), None),
            _ => {
                let query = query.map(|query| self.query_beside_body(query));
                (query, Some(self.body(&bytes)?))
            }
        };
        let content_type = saved.content_type.as_deref();
        Ok(Saved {
            at: saved.at.as_deref().and_then(|at| self.moment(at)),
            method: saved.method.clone(),
            path: self.path(&saved.path),
            query,
            content_type: content_type.and_then(media_type).map(str::to_owned),
            body,
            body_base64: None,
        })
    }

    /// A path and a query, where the query is the message.
    ///
    /// # Errors
    ///
    /// When the query can't be read.
    pub(crate) fn target(&self, path: &str, query: &str) -> Result<String, Unreadable> {
        Ok(format!("{}?{}", self.path(path), self.query(query)?))
    }

    fn query_beside_body(&self, query: &str) -> String {
        let query = self.query(query);
        query.unwrap_or_default()
    }

    /// Segments that say what an endpoint is for stay; any other one may be a token or a tenant.
    fn path(&self, path: &str) -> String {
        let segment = |segment: &str| {
            let is_event = !matches!(EventName::from(segment), EventName::Other(_));
            if is_event || WORDS_OF_PATHS.contains(&segment) {
                segment.to_owned()
            } else {
                invent::text(&self.permutation, segment)
            }
        };
        let segments: Vec<String> = path.split('/').map(segment).collect();
        segments.join("/")
    }

    fn moment(&self, at: &str) -> Option<String> {
        let at: Timestamp = at.parse().ok()?;
        let by = SignedDuration::from_hours(24 * i64::from(self.shift.days));
        let moved = at.checked_sub(by).ok()?;
        // Finer, it could be told from others.
        let millis = Timestamp::from_millisecond(moved.as_millisecond()).ok()?;
        Some(millis.to_string())
    }
}

const WORDS_OF_PATHS: [&str; 16] = [
    "answer", "api", "calls", "cdr", "dtmf", "events", "flow", "hook", "hooks", "live", "piopiy",
    "telecmi", "v1", "voipappz", "webhook", "webhooks",
];

/// What a message may be sent as. Another one could say anything.
const MEDIA_TYPES: [&str; 5] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/json",
    "text/plain",
];

fn media_type(content_type: &str) -> Option<&'static str> {
    let name = content_type.split(';').next()?.trim();
    let mut known = MEDIA_TYPES.into_iter();
    known.find(|known| known.eq_ignore_ascii_case(name))
}
