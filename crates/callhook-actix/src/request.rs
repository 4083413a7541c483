//! The request, as the core sees it and as it is passed inwards.

use actix_web::HttpRequest;
use actix_web::dev::{ServiceRequest, Url};
use actix_web::http::Uri;
use actix_web::http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, TRANSFER_ENCODING,
};
use actix_web::http::uri::PathAndQuery;
use callhook::Verified;
use callhook::request::{Head, HeaderLines};

/// The headers, as the core reads them.
pub(crate) struct Lines<'a>(pub(crate) &'a HeaderMap);

impl HeaderLines for Lines<'_> {
    fn line(&self, name: &str, index: usize) -> Option<&[u8]> {
        let mut lines = match standard(name) {
            Some(name) => self.0.get_all(name),
            None => self.0.get_all(name),
        };
        lines.nth(index).map(HeaderValue::as_bytes)
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

/// The URI is as on the request line: a scope leaves it whole. The peer is the socket's, never what a header says.
pub(crate) fn head<'a>(request: &'a HttpRequest, lines: &'a Lines<'_>) -> Head<'a> {
    let uri = request.uri();
    let head = Head::new(request.method().as_str(), uri.path(), uri.query(), lines);
    match request.peer_addr() {
        Some(peer) => head.peer(peer.ip()),
        None => head,
    }
}

/// Takes what served as authentication out of every place that a handler could read the URL from, and marks the headers
/// that did, which a handler may want.
///
/// Touches nothing where there is nothing to do: a request of which somebody outside keeps a clone can't be changed, and
/// actix panics.
pub(crate) fn strip<E>(request: &mut ServiceRequest, verified: &Verified<E>) {
    let strip_uri = |uri: &Uri| {
        let target = verified.strip(uri.path(), uri.query())?;
        Some(with_target(uri, target))
    };
    let stripped = strip_uri(request.uri());
    // The router has a copy of its own, which differs from the other where a middleware has written one of them.
    let routed = request.match_info().get_ref().uri();
    let routed_stripped = if routed == request.uri() {
        stripped.clone()
    } else {
        strip_uri(routed)
    };
    let url = routed_stripped.map(|stripped| {
        Url::new(if stripped.path() == routed.path() {
            stripped
        } else {
            with_target(routed, keep_lengths(routed.path(), &stripped))
        })
    });
    if let Some(stripped) = stripped {
        request.head_mut().uri = stripped;
    }
    if let Some(url) = url {
        let path = request.match_info_mut();
        if url.path().len() == path.as_str().len() {
            *path.get_mut() = url;
        } else {
            // Better no parameters than ones that are cut anywhere.
            path.set(url);
        }
    }
    for name in verified.secret_headers() {
        if request.headers().contains_key(name)
            && let Some(value) = request.headers_mut().get_mut(name)
        {
            value.set_sensitive(true);
        }
    }
}

fn with_target(uri: &Uri, target: String) -> Uri {
    // Its pieces were part of a URI before, so they are again; if not, better no URL than one with a secret in it.
    let target = PathAndQuery::try_from(target);
    let target = target.unwrap_or_else(|_| PathAndQuery::from_static("/"));
    if uri.authority().is_none() {
        return target.into();
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target);
    Uri::from_parts(parts).unwrap_or_default()
}

/// The target with each segment that is no longer the path's made as long as the path's: the router has noted by their
/// places which parameters it found, and how far it came.
fn keep_lengths(path: &str, stripped: &Uri) -> String {
    let segments = path.split('/').zip(stripped.path().split('/'));
    let segments = segments.map(|(segment, stripped)| {
        if segment == stripped {
            segment.to_owned()
        } else {
            "*".repeat(routed_len(segment))
        }
    });
    let mut target = segments.collect::<Vec<_>>().join("/");
    if let Some(query) = stripped.query() {
        target.push('?');
        target.push_str(query);
    }
    target
}

/// How long a segment is in the router's path, most of which is decoded.
fn routed_len(segment: &str) -> usize {
    Uri::try_from(format!("/{segment}")).map_or(segment.len(), |uri| {
        Url::new(uri).path().len().saturating_sub(1)
    })
}

/// What is declared of a body that was cut.
pub(crate) fn set_length(request: &mut ServiceRequest, length: usize) {
    if let Some(declared) = request.headers_mut().get_mut(CONTENT_LENGTH) {
        *declared = length.into();
    }
}

/// What the headers said of a body that is not passed on.
pub(crate) fn forget_body(request: &mut ServiceRequest) {
    for name in [
        CONTENT_LENGTH,
        TRANSFER_ENCODING,
        CONTENT_TYPE,
        CONTENT_ENCODING,
    ] {
        if request.headers().contains_key(&name) {
            request.headers_mut().remove(&name);
        }
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

    #[test]
    fn a_hidden_segment_is_as_long_as_the_router_has_it() {
        for (path, target, kept) in [
            ("/a/secret/b", "/a/***/b?c=1", "/a/******/b?c=1"),
            ("/a/s%65cret", "/a/***", "/a/******"),
            // The router leaves these three encoded.
            ("/a/%2F%25%2B", "/a/***", "/a/*********"),
            ("/a/%C3%BC", "/a/***", "/a/**"),
            // Not UTF-8: a replacement character of three bytes.
            ("/a/%FF", "/a/***", "/a/***"),
            ("/a//b/", "/a//b/?", "/a//b/?"),
        ] {
            let stripped = Uri::try_from(target).expect("a URI");
            assert_eq!(keep_lengths(path, &stripped), kept);
            let routed = |target: &str| {
                let uri = Uri::try_from(target).expect("a URI");
                Url::new(uri).path().len()
            };
            assert_eq!(routed(kept), routed(path), "{path}");
        }
    }
}
