//! The request, as the core sees it and as it is passed inwards.

use std::net::{IpAddr, SocketAddr};

#[cfg(feature = "axum")]
use axum::extract::{ConnectInfo, OriginalUri, connect_info::MockConnectInfo};
use bytes::Bytes;
use callhook::Verified;
use callhook::request::{Head, HeaderLines};
use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, TRANSFER_ENCODING,
};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Extensions, HeaderMap, Method, Uri};

/// The address at the other end of the socket, for servers other than axum's: insert it into the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddr(pub SocketAddr);

/// The headers, as the core reads them.
pub(crate) struct Lines<'a>(pub(crate) &'a HeaderMap);

impl HeaderLines for Lines<'_> {
    fn line(&self, name: &str, index: usize) -> Option<&[u8]> {
        let lines = match standard(name) {
            Some(name) => self.0.get_all(name),
            None => self.0.get_all(name),
        };
        let line = lines.iter().nth(index);
        line.map(http::HeaderValue::as_bytes)
    }
}

/// Names that the core asks for, as what needs not be parsed and checked to be looked up.
fn standard(name: &str) -> Option<HeaderName> {
    match name {
        "content-length" => Some(CONTENT_LENGTH),
        "content-type" => Some(CONTENT_TYPE),
        "content-encoding" => Some(CONTENT_ENCODING),
        "authorization" => Some(AUTHORIZATION),
        _ => None,
    }
}

/// The parts of a request besides its headers and its body.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) extensions: &'a Extensions,
}

impl<'a> Line<'a> {
    pub(crate) fn of(parts: &'a Parts) -> Self {
        Self {
            method: &parts.method,
            uri: &parts.uri,
            extensions: &parts.extensions,
        }
    }

    pub(crate) fn head(self, lines: &'a Lines<'_>) -> Head<'a> {
        let uri = self.received_uri();
        let head = Head::new(self.method.as_str(), uri.path(), uri.query(), lines);
        match self.peer() {
            Some(peer) => head.peer(peer),
            None => head,
        }
    }

    /// The URI as on the request line, which is what a sender signs: a nested router cuts the path of the request's
    /// own.
    fn received_uri(self) -> &'a Uri {
        #[cfg(feature = "axum")]
        if let Some(original) = self.extensions.get::<OriginalUri>() {
            return &original.0;
        }
        self.uri
    }

    fn peer(self) -> Option<IpAddr> {
        #[cfg(feature = "axum")]
        if let Some(info) = self.extensions.get::<ConnectInfo<SocketAddr>>() {
            return Some(info.0.ip());
        }
        #[cfg(feature = "axum")]
        if let Some(mock) = self.extensions.get::<MockConnectInfo<SocketAddr>>() {
            return Some(mock.0.ip());
        }
        self.extensions.get::<PeerAddr>().map(|peer| peer.0.ip())
    }
}

/// Takes what served as authentication out of every place that a handler could read the URL from, and marks the headers
/// that did, which a handler may want.
pub(crate) fn strip<E>(parts: &mut Parts, verified: &Verified<E>) {
    let stripped = stripped_uri(&parts.uri, verified);
    #[cfg(feature = "axum")]
    if let Some(OriginalUri(original)) = parts.extensions.get_mut() {
        // They differ where a nested router cuts the one, or a middleware writes the other.
        let stripped = match *original == parts.uri {
            true => stripped.clone(),
            false => stripped_uri(original, verified),
        };
        if let Some(stripped) = stripped {
            *original = stripped;
        }
    }
    if let Some(stripped) = stripped {
        parts.uri = stripped;
    }
    for name in verified.secret_headers() {
        if let Some(value) = parts.headers.get_mut(name) {
            value.set_sensitive(true);
        }
    }
}

fn stripped_uri<E>(uri: &Uri, verified: &Verified<E>) -> Option<Uri> {
    let target = verified.strip(uri.path(), uri.query())?;
    Some(with_target(uri, target))
}

fn with_target(uri: &Uri, target: String) -> Uri {
    // Its pieces were part of a URI before, so they are again; if not, better no URL than one with a secret in it.
    let target = PathAndQuery::from_maybe_shared(Bytes::from(target));
    let target = target.unwrap_or_else(|_| PathAndQuery::from_static("/"));
    if uri.authority().is_none() {
        return target.into();
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target);
    Uri::from_parts(parts).unwrap_or_default()
}

/// What is declared of a body that was cut.
pub(crate) fn set_length(parts: &mut Parts, length: usize) {
    if let Some(declared) = parts.headers.get_mut(CONTENT_LENGTH) {
        *declared = length.into();
    }
}

/// What the headers said of a body that is not passed on.
pub(crate) fn forget_body(parts: &mut Parts) {
    for name in [
        CONTENT_LENGTH,
        TRANSFER_ENCODING,
        CONTENT_TYPE,
        CONTENT_ENCODING,
    ] {
        parts.headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_and_query_are_replaced_and_the_rest_of_the_uri_stays() {
        for (uri, target, replaced) in [
            ("/a/b?token=x&c=1", "/a/b?c=1", "/a/b?c=1"),
            ("/a/b", "/a/***", "/a/***"),
            (
                "https://example.com/a?token=x",
                "/a",
                "https://example.com/a",
            ),
        ] {
            let uri: Uri = uri.parse().expect("a URI");
            assert_eq!(with_target(&uri, target.to_owned()).to_string(), replaced);
        }
    }
}
