//! A message as a request: [`MessageRequest`].

use std::fmt;

named! {
    /// How a message is sent.
    pub enum Encoding is "an encoding" {
        /// POST with a body in JSON. All platforms do so, and it is how PIOPIY and CHUB India are documented.
        Json = "json",
        /// POST with a form. Not documented, and seen.
        Form = "form",
        /// GET with the fields in the query: TeleCMI's CHUB and Voipappz, where it is chosen on their screens.
        Get = "get",
    }
}

impl Encoding {
    /// `POST` or `GET`.
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::Json | Self::Form => "POST",
            Self::Get => "GET",
        }
    }

    /// The header `content-type`. A GET has none.
    #[must_use]
    pub const fn content_type(self) -> Option<&'static str> {
        match self {
            Self::Json => Some("application/json"),
            Self::Form => Some("application/x-www-form-urlencoded"),
            Self::Get => None,
        }
    }
}

/// A message as a request, for any HTTP client or test harness.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageRequest {
    /// `POST` or `GET`.
    pub method: &'static str,
    /// What comes after the route's path: Voipappz's event. See [`uri`](Self::uri).
    pub path_segment: Option<&'static str>,
    /// The query string, without its `?`.
    pub query: Option<String>,
    /// The header `content-type`.
    pub content_type: Option<&'static str>,
    /// The body, which is empty on GET.
    pub body: String,
}

impl MessageRequest {
    /// Where it goes: a URL or path, with the [path segment](Self::path_segment) after its path and the
    /// [query](Self::query) after its own.
    ///
    /// ```
    /// use callhook::testing::calls::{Encoding, Platform, Scenario, SimulatedCall};
    ///
    /// let call = SimulatedCall::new(Scenario::InboundAnswered, Platform::Voipappz, 7)?;
    /// let request = call.messages()[0].request(Encoding::Json);
    /// assert_eq!(request.uri("/webhooks/voipappz?token=t"), "/webhooks/voipappz/call-ringing?token=t");
    /// # Ok::<(), callhook::testing::calls::Unsupported>(())
    /// ```
    #[must_use]
    pub fn uri(&self, base: &str) -> String {
        let (path, own_query) = match base.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (base, None),
        };
        let mut uri = path.to_owned();
        if let Some(segment) = self.path_segment {
            uri.truncate(path.trim_end_matches('/').len());
            uri.push('/');
            uri.push_str(segment);
        }
        let queries = [own_query, self.query.as_deref()];
        let queries = queries
            .into_iter()
            .flatten()
            .filter(|query| !query.is_empty());
        for (index, query) in queries.enumerate() {
            uri.push(if index == 0 { '?' } else { '&' });
            uri.push_str(query);
        }
        uri
    }
}

impl fmt::Debug for MessageRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageRequest")
            .field("method", &self.method)
            .field("path_segment", &self.path_segment)
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}
