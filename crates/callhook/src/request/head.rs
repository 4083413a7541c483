//! What is known of a request before its body: [`Head`].

use std::net::IpAddr;

use crate::payload::form::{self, Repeated};

/// The lines of a request's headers, as an adapter's framework keeps them.
pub trait HeaderLines {
    /// The value of the `index`th line (from 0) whose name equals `name`, which is given in lower case.
    fn line(&self, name: &str, index: usize) -> Option<&[u8]>;
}

/// A request without headers, for tests and for callers that have none.
impl HeaderLines for () {
    fn line(&self, _: &str, _: usize) -> Option<&[u8]> {
        None
    }
}

/// Lines as a list of names in lower case and values.
impl<const N: usize> HeaderLines for [(&str, &str); N] {
    fn line(&self, name: &str, index: usize) -> Option<&[u8]> {
        let mut lines = self.iter().filter(|(other, _)| *other == name);
        lines.nth(index).map(|(_, value)| value.as_bytes())
    }
}

/// What is known before the body: method, path, query, every line of each header, and the peer's address. Borrowed from
/// the framework's own request.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    method: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    headers: &'a (dyn HeaderLines + Sync),
    peer: Option<IpAddr>,
    has_body: Option<bool>,
}

impl<'a> Head<'a> {
    /// The head of a request. Method and path as on the request line, the query without its `?`.
    #[must_use]
    pub fn new(
        method: &'a str,
        path: &'a str,
        query: Option<&'a str>,
        headers: &'a (dyn HeaderLines + Sync),
    ) -> Self {
        Self {
            method,
            path,
            query,
            headers,
            peer: None,
            has_body: None,
        }
    }

    /// The address at the other end of the socket. Left out where the server doesn't know it.
    #[must_use]
    pub fn peer(mut self, peer: IpAddr) -> Self {
        self.peer = Some(peer);
        self
    }

    pub(crate) fn with_query(mut self, query: &'a str) -> Self {
        self.query = (!query.is_empty()).then_some(query);
        self
    }

    pub(crate) fn with_path(mut self, path: &'a str) -> Self {
        self.path = path;
        self
    }

    /// The method, in upper case as on the wire.
    #[must_use]
    pub fn method(&self) -> &'a str {
        self.method
    }

    /// The path, not decoded.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// The query, not decoded, without its `?`.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        self.query
    }

    /// The address at the other end of the socket.
    #[must_use]
    pub fn peer_addr(&self) -> Option<IpAddr> {
        self.peer
    }

    /// Whether a body comes after the head, according to the server's framing. Where it is left out, the headers
    /// `content-length` and `transfer-encoding` tell, which in HTTP/2 may be missing.
    #[must_use]
    pub fn body_follows(mut self, has_body: bool) -> Self {
        self.has_body = Some(has_body);
        self
    }

    /// Whether a body comes after the head. A POST always has one, which may be empty, and a HEAD never.
    pub(crate) fn has_body(&self) -> bool {
        match self.method {
            "POST" => true,
            "HEAD" => false,
            _ => self.has_body.unwrap_or_else(|| self.declares_body()),
        }
    }

    fn declares_body(&self) -> bool {
        let length = self.headers.line("content-length", 0);
        self.headers.line("transfer-encoding", 0).is_some()
            || length.is_some_and(|length| length.trim_ascii() != b"0")
    }

    /// Every line of a header, in order. `name` in lower case.
    pub fn lines(&self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        let headers = self.headers;
        (0..).map_while(move |index| headers.line(name, index))
    }

    /// The only line of a header: an error where there are several.
    pub(crate) fn single_line(&self, name: &str) -> Result<Option<&'a [u8]>, Repeated> {
        match self.headers.line(name, 1) {
            Some(_) => Err(Repeated),
            None => Ok(self.headers.line(name, 0)),
        }
    }

    /// A segment of the path, counted from the end, not decoded. A slash at the end makes no segment.
    pub(crate) fn segment(&self, from_end: usize) -> Option<&'a str> {
        let path = self.path.strip_suffix('/').unwrap_or(self.path);
        let segment = path.rsplit('/').nth(from_end)?;
        (!segment.is_empty()).then_some(segment)
    }

    /// The only value of a query parameter, decoded: an error where it is given more than once or is not UTF-8.
    pub(crate) fn single_parameter(
        &self,
        name: &str,
    ) -> Result<Option<std::borrow::Cow<'a, str>>, Repeated> {
        form::single(self.query.unwrap_or_default(), name)
    }
}

impl std::fmt::Debug for Head<'_> {
    /// Without the query and the path, either of which may carry a token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Head")
            .field("method", &self.method)
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}
