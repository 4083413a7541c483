//! Which address is the client's.

use std::net::IpAddr;

use super::Networks;
use super::forwarded;
use crate::error::ConfigError;
use crate::request::{Head, check_header_name};

/// The header in which a trusted proxy says who its client is.
///
/// Name the one that your proxy *sets or appends to*. A header that it passes through untouched is the client's to
/// write.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forwarding {
    /// `X-Forwarded-For`, to which each proxy appends its peer.
    XForwardedFor,
    /// `Forwarded` (RFC 7239), to which each proxy appends an element.
    Forwarded,
    /// A header of this name with a single address, which the proxy sets: `x-real-ip`, `cf-connecting-ip`, ...
    Header(String),
}

/// Finds the client of a request.
#[derive(Debug)]
pub(crate) struct ClientFinder {
    trusted: Networks,
    forwarding: Forwarding,
}

/// A client's address, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    /// The socket's peer.
    Peer(IpAddr),
    /// What a trusted proxy said.
    Forwarded(IpAddr),
    Unknown(&'static str),
}

impl Client {
    pub(crate) fn address(self) -> Option<IpAddr> {
        match self {
            Self::Peer(address) | Self::Forwarded(address) => Some(address),
            Self::Unknown(_) => None,
        }
    }

    /// The client where no proxy is trusted.
    pub(crate) fn of_peer(head: &Head<'_>) -> Self {
        match head.peer_addr() {
            Some(peer) => Self::Peer(peer.to_canonical()),
            None => Self::Unknown("the server does not tell the peer's address"),
        }
    }
}

impl ClientFinder {
    pub(crate) fn new<T: AsRef<str>>(
        trusted: impl IntoIterator<Item = T>,
        forwarding: Forwarding,
    ) -> Result<Self, ConfigError> {
        let forwarding = match forwarding {
            Forwarding::Header(name) => {
                check_header_name(&name)?;
                Forwarding::Header(name.to_ascii_lowercase())
            }
            other => other,
        };
        Ok(Self {
            trusted: Networks::parse("list of trusted proxies", trusted)?,
            forwarding,
        })
    }

    pub(crate) fn client(&self, head: &Head<'_>) -> Client {
        match Client::of_peer(head) {
            Client::Peer(peer) if self.is_trusted(peer) => {}
            other => return other,
        }
        match &self.forwarding {
            Forwarding::XForwardedFor => {
                let lines: Vec<&[u8]> = head.lines("x-forwarded-for").collect();
                let entries = lines
                    .iter()
                    .rev()
                    .flat_map(|line| line.rsplit(|byte| *byte == b','))
                    .map(forwarded::address);
                self.walk(entries)
            }
            Forwarding::Forwarded => {
                let lines: Vec<&[u8]> = head.lines("forwarded").collect();
                match forwarded::elements(&lines) {
                    Some(elements) => self.walk(elements.into_iter().rev()),
                    None => Client::Unknown(UNREADABLE),
                }
            }
            Forwarding::Header(name) => match head.single_line(name) {
                Ok(Some(line)) => match forwarded::address(line) {
                    Some(address) => Client::Forwarded(address),
                    None => Client::Unknown(UNREADABLE),
                },
                Ok(None) => Client::Unknown("the trusted proxy sent no forwarding header"),
                Err(_) => Client::Unknown("the forwarding header is given more than once"),
            },
        }
    }

    /// Walks past trusted proxies, to the first address that is not one of theirs.
    fn walk(&self, entries: impl Iterator<Item = Option<IpAddr>>) -> Client {
        let mut is_empty = true;
        for entry in entries {
            is_empty = false;
            match entry {
                None => return Client::Unknown(UNREADABLE),
                Some(address) if self.is_trusted(address) => {}
                Some(address) => return Client::Forwarded(address),
            }
        }
        Client::Unknown(if is_empty {
            "the trusted proxy sent no forwarding header"
        } else {
            "the forwarding header contains only trusted proxies"
        })
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.trusted.network_of(address).is_some()
    }
}

const UNREADABLE: &str = "an entry of the forwarding header can't be read";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::HeaderLines;

    struct Headers<'a>(&'static str, &'a [&'a str]);

    impl HeaderLines for Headers<'_> {
        fn line(&self, name: &str, index: usize) -> Option<&[u8]> {
            let lines = if name == self.0 { self.1 } else { &[] };
            lines.get(index).map(|line| line.as_bytes())
        }
    }

    fn client(forwarding: Forwarding, peer: &str, name: &'static str, lines: &[&str]) -> Client {
        let finder =
            ClientFinder::new(["10.0.0.0/8", "fd00::/8"], forwarding).expect("valid networks");
        let headers = Headers(name, lines);
        let head = Head::new("POST", "/", None, &headers).peer(peer.parse().expect(peer));
        finder.client(&head)
    }

    fn forwarded_for(peer: &str, lines: &[&str]) -> Client {
        client(Forwarding::XForwardedFor, peer, "x-forwarded-for", lines)
    }

    fn found(address: &str) -> Client {
        Client::Forwarded(address.parse().expect(address))
    }

    #[test]
    fn an_untrusted_peer_is_the_client_whatever_its_headers_say() {
        let peer = Client::Peer("192.0.2.1".parse().expect("an address"));
        assert_eq!(forwarded_for("192.0.2.1", &["198.51.100.1"]), peer);
        assert_eq!(forwarded_for("::ffff:192.0.2.1", &["198.51.100.1"]), peer);
    }

    #[test]
    fn the_header_is_walked_from_the_right_past_trusted_proxies() {
        for lines in [
            &["198.51.100.1"][..],
            &["203.0.113.9, 198.51.100.1"],
            &["203.0.113.9", "198.51.100.1"],
            &["garbage, 198.51.100.1, 10.2.3.4"],
            &[
                "203.0.113.9, 198.51.100.1 ",
                " 10.2.3.4",
                "[fd00::1]:443, \"10.9.9.9:80\"",
            ],
            &["198.51.100.1:1234"],
            &["::ffff:198.51.100.1,::ffff:10.1.1.1"],
        ] {
            assert_eq!(
                forwarded_for("10.0.0.1", lines),
                found("198.51.100.1"),
                "{lines:?}"
            );
        }
        assert_eq!(
            forwarded_for("10.0.0.1", &["[2001:db8::1]:80"]),
            found("2001:db8::1")
        );
        assert_eq!(
            forwarded_for("fd00::9", &["2001:db8::1"]),
            found("2001:db8::1")
        );
    }

    #[test]
    fn what_leaves_the_client_unknown() {
        for (lines, why) in [
            (&[][..], "the trusted proxy sent no forwarding header"),
            (
                &["10.1.1.1, 10.2.2.2"],
                "the forwarding header contains only trusted proxies",
            ),
            (&["198.51.100.1, unknown"], UNREADABLE),
            (&["198.51.100.1,"], UNREADABLE),
            (&[""], UNREADABLE),
            (&["198.51.100.1 203.0.113.9"], UNREADABLE),
            (&["198.51.100.01"], UNREADABLE),
            (&["198.51.100.1:99999"], UNREADABLE),
            (&["[198.51.100.1]x"], UNREADABLE),
        ] {
            assert_eq!(
                forwarded_for("10.0.0.1", lines),
                Client::Unknown(why),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn rfc_7239_elements_are_read_with_quotes_and_other_parameters() {
        let forwarded =
            |lines: &[&str]| client(Forwarding::Forwarded, "10.0.0.1", "forwarded", lines);
        for lines in [
            &["for=198.51.100.1"][..],
            &["for=203.0.113.9;proto=https, For=\"198.51.100.1:80\";by=10.0.0.9;host=\"a,b;c\""],
            &[
                "for=203.0.113.9",
                "proto=http;for=198.51.100.1",
                "for=10.3.3.3",
            ],
        ] {
            assert_eq!(forwarded(lines), found("198.51.100.1"), "{lines:?}");
        }
        assert_eq!(
            forwarded(&["for=\"[2001:db8::1]:4711\""]),
            found("2001:db8::1")
        );
        for lines in [
            &["for=_hidden"][..],
            &["for=unknown"],
            &["proto=https"],
            &["for=198.51.100.1;for=203.0.113.9"],
            &["for=198.51.100.1, "],
            &["for=\"198.51.100.1"],
            &["198.51.100.1"],
            &["for=\"198.51.100.1\"x"],
            &["for=203.0.113.9;x=y\"z\", for=198.51.100.1"],
        ] {
            assert_eq!(forwarded(lines), Client::Unknown(UNREADABLE), "{lines:?}");
        }
        assert_eq!(
            forwarded(&[]),
            Client::Unknown("the trusted proxy sent no forwarding header")
        );
    }

    #[test]
    fn a_quotation_left_open_does_not_turn_what_the_proxy_quotes_inside_out() {
        // The stranger sends a `Forwarded` that the proxy appends to, and a `Host` that the proxy quotes.
        let forwarded = |stranger: &str, host: &str| {
            let line = format!("{stranger}, for=203.0.113.9;host=\"{host}\"");
            client(Forwarding::Forwarded, "10.0.0.1", "forwarded", &[&line])
        };
        assert_eq!(
            forwarded("for=198.51.100.1", "a\\\"b"),
            found("203.0.113.9")
        );
        for (stranger, host) in [
            ("for=198.51.100.1;x=\"", "a\\\"b"),
            ("for=198.51.100.1;x=\"", ";y=\\\""),
            ("for=198.51.100.1;x=\"", "\\\""),
            ("x=\"", "\\\", for=198.51.100.1;y=\\\"\\\""),
        ] {
            let client = forwarded(stranger, host);
            assert_eq!(client, Client::Unknown(UNREADABLE), "{stranger} {host}");
        }
    }

    #[test]
    fn a_header_with_one_address_must_stand_once() {
        let real_ip = |lines: &[&str]| {
            let forwarding = Forwarding::Header("X-Real-IP".to_owned());
            client(forwarding, "10.0.0.1", "x-real-ip", lines)
        };
        assert_eq!(real_ip(&["198.51.100.1"]), found("198.51.100.1"));
        assert_eq!(
            real_ip(&["198.51.100.1", "198.51.100.1"]),
            Client::Unknown("the forwarding header is given more than once")
        );
        assert_eq!(
            real_ip(&["198.51.100.1, 10.0.0.1"]),
            Client::Unknown(UNREADABLE)
        );
    }
}
