//! URLs of servers: [`Url`].

use std::fmt;
use std::str::FromStr;

use http::Uri;

/// The URL of a server, or of something there.
#[derive(Clone)]
pub(crate) struct Url(pub(crate) Uri);

impl FromStr for Url {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let uri: Uri = text
            .parse()
            .map_err(|error| format!("not a URL: {error}"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err("a URL that begins with http:// or https:// was expected".to_owned());
        }
        if uri.host().is_none_or(str::is_empty) {
            return Err("the URL has no host".to_owned());
        }
        // `http://127.0.0.1@elsewhere/` is elsewhere.
        if uri
            .authority()
            .is_some_and(|authority| authority.as_str().contains('@'))
        {
            return Err("a name and password before the host are not supported: give --header 'authorization: ..'".to_owned());
        }
        Ok(Self(uri))
    }
}

impl fmt::Debug for Url {
    /// Without path and query, which may have a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&address(&self.0))
    }
}

/// A server's host and port, which tell no token.
pub(crate) fn address(uri: &Uri) -> String {
    format!("{}:{}", uri.host().unwrap_or_default(), port(uri))
}

/// Whether two URLs lead to the same server over the same protocol: what is for one over https is not for anybody on the
/// way over http.
pub(crate) fn is_same_server(one: &Uri, other: &Uri) -> bool {
    let scheme = |uri: &Uri| uri.scheme_str().map(str::to_ascii_lowercase);
    scheme(one) == scheme(other) && is_same_host(one, other) && port(one) == port(other)
}

pub(crate) fn is_same_host(one: &Uri, other: &Uri) -> bool {
    let host = |uri: &Uri| uri.host().map(str::to_ascii_lowercase);
    host(one) == host(other)
}

fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(match uri.scheme_str() {
        Some("https") => 443,
        _ => 80,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_its_protocol_its_host_and_its_port() {
        let is_same = |one: &str, other: &str| {
            let uri = |text: &str| {
                text.parse()
                    .unwrap_or_else(|error| panic!("{text}: {error}"))
            };
            is_same_server(&uri(one), &uri(other))
        };
        for (one, other) in [
            ("https://calls.example/a?b", "https://CALLS.example:443/c"),
            ("http://calls.example:80/", "http://calls.example/"),
            ("http://[::1]:3000/", "http://[::1]:3000/a"),
        ] {
            assert!(is_same(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("https://calls.example/", "http://calls.example/"),
            ("https://calls.example:3000/", "http://calls.example:3000/"),
            ("https://calls.example/", "https://calls.example:80/"),
            ("https://calls.example/", "https://example/"),
        ] {
            assert!(!is_same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn a_url_is_printed_without_its_token() {
        let url: Url = "http://127.0.0.1/a-token?token=hunter2"
            .parse()
            .expect("a URL");
        assert_eq!(format!("{url:?}"), "127.0.0.1:80");
    }
}
