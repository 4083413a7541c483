//! Passes requests on to the server behind, and its answers back.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::Response;

use super::raw::Raw;
use crate::error::Error;
use crate::http::{Client, Outgoing};

/// The server behind.
#[derive(Clone)]
pub(super) struct Forward {
    /// Without a slash at its end.
    base: String,
    client: Client,
}

impl Forward {
    pub(super) fn new(to: Uri, timeout: Duration) -> Result<Self, Error> {
        if to.query().is_some() {
            return Err(Error::new(
                "--forward: a URL without a query was expected: each request's own is passed on",
            ));
        }
        Ok(Self {
            base: to.to_string().trim_end_matches('/').to_owned(),
            client: Client::new(&to, CONNECTIONS, timeout)?,
        })
    }

    pub(super) async fn send(&self, raw: &Raw) -> Result<Response, Error> {
        let target = raw.parts.uri.path_and_query();
        let target = target.map_or("/", |target| target.as_str());
        let uri = format!("{}{target}", self.base).parse();
        let uri: Uri =
            uri.map_err(|error| Error::new(format!("the URL can't be passed on: {error}")))?;
        let mut headers = end_to_end(&raw.parts.headers);
        // Hyper writes the server's own, and the length.
        headers.remove(HOST);
        let outgoing = Outgoing {
            method: raw.parts.method.clone(),
            uri,
            headers,
            body: raw.body.clone(),
        };
        let answer = self.client.send(outgoing).await.map_err(Error::new)?;
        let mut response = Response::new(Body::from(answer.body));
        *response.status_mut() = StatusCode::from_u16(answer.status).map_err(Error::new)?;
        *response.headers_mut() = end_to_end(&answer.headers);
        Ok(response)
    }
}

/// Without what is between two servers only.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut kept = headers.clone();
    let named = headers.get_all(CONNECTION).iter();
    let named = named.filter_map(|value: &HeaderValue| value.to_str().ok());
    for name in named.flat_map(|names| names.split(',')) {
        if let Ok(name) = name.trim().parse::<HeaderName>() {
            kept.remove(name);
        }
    }
    for name in [
        CONNECTION,
        CONTENT_LENGTH,
        EXPECT,
        HeaderName::from_static("keep-alive"),
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
    ] {
        kept.remove(name);
    }
    kept
}

const CONNECTIONS: usize = 256;
