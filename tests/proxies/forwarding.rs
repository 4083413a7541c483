//! Every header in which a proxy can name its client, from a real nginx and a real haproxy.

use std::net::SocketAddr;

use callhook_test_support::{Reply, request};
use callhook_tower::Forwarding;

use super::server::{Server, TOKEN};
use super::{CLIENT, MESSAGE, SPOOFS, STRANGER, exchange_from, has_ipv6};
use crate::proxy::{Header, Kind, Proxy};

/// What a client may write into `Forwarded`, according to RFC 7239 or not. Quoted strings end.
const FORWARDED: [&[&str]; 14] = [
    &["for=127.9.0.1"],
    &["For=\"127.9.0.1:4711\";proto=https;by=127.0.0.7"],
    &["for=127.9.0.1, for=127.0.0.7"],
    &["for=127.9.0.1;for=127.9.0.1"],
    &["for=127.9.0.1;host=\"a,b;for=127.9.0.1, for=127.9.0.1\""],
    &["for=127.9.0.1;host=\"a\\\", for=127.9.0.1\""],
    &["for=127.9.0.1", "for=127.9.0.1", "for=127.0.0.8"],
    &["for=127.9.0.1,", ",for=127.9.0.1"],
    &["for=127.0.0.7"],
    &["for=unknown"],
    &["for=_hidden, for="],
    &["127.9.0.1"],
    &["for=[::ffff:127.9.0.1]"],
    &[""],
];

/// Quoted strings that don't end: what a proxy appends may seem to be in them.
const UNBALANCED: [&[&str]; 8] = [
    &["for=\""],
    &["for=127.9.0.1, for=\""],
    &["for=127.9.0.1;host=\""],
    &["for=127.9.0.1;host=\"\\"],
    &["for=127.9.0.1;host=\"\\\""],
    &["for=127.9.0.1\""],
    &["for=127.9.0.1;host=\"", "for=127.9.0.1"],
    &["\"", "for=127.9.0.1", "\", for=127.9.0.1;host=\"a"],
];

#[test]
fn the_client_is_named_in_whatever_header_the_proxy_writes() {
    for kind in Kind::ALL {
        for header in Header::ALL {
            let server = Server::start(CLIENT, &[kind.address()], forwarding(header));
            let proxy = Proxy::start_with(kind, kind.address(), server.address, header);
            for spoof in SPOOFS {
                names_both(&format!("{kind:?}, {header:?}"), proxy.address, spoof);
            }
        }
    }
}

#[test]
fn a_header_with_one_address_is_the_proxys_own() {
    for kind in Kind::ALL {
        let header = Header::XRealIp;
        let server = Server::start(CLIENT, &[kind.address()], forwarding(header));
        let proxy = Proxy::start_with(kind, kind.address(), server.address, header);
        for spoof in [
            &[("X-Real-IP", CLIENT)][..],
            &[("x-real-ip", STRANGER)],
            &[("X-Real-IP", CLIENT), ("X-REAL-IP", CLIENT)],
            &[("X-Real-IP", ""), ("X_Real_IP", CLIENT)],
            &[("X-Real-IP", "127.9.0.1, 127.9.0.1")],
            &[("X-Real-IP", "unknown")],
            &[("connection", "close, X-Real-IP"), ("X-Real-IP", CLIENT)],
        ] {
            names_both(&format!("{kind:?}"), proxy.address, spoof);
        }
    }
}

#[test]
fn in_forwarded_the_proxys_own_element_counts() {
    for kind in Kind::ALL {
        for header in [Header::Forwarded, Header::ForwardedUnread] {
            let server = Server::start(CLIENT, &[kind.address()], forwarding(header));
            let proxy = Proxy::start_with(kind, kind.address(), server.address, header);
            for spoof in FORWARDED {
                names_both(
                    &format!("{kind:?}, {header:?}"),
                    proxy.address,
                    &lines(spoof),
                );
            }
        }
    }
}

/// nginx alone, where it looks before it appends, drops such a header.
#[test]
fn a_quoted_string_that_does_not_end_hides_no_proxys_element() {
    for kind in Kind::ALL {
        for header in [Header::Forwarded, Header::ForwardedUnread] {
            let server = Server::start(CLIENT, &[kind.address()], forwarding(header));
            let proxy = Proxy::start_with(kind, kind.address(), server.address, header);
            for spoof in UNBALANCED {
                let what = format!("{kind:?}, {header:?}");
                if (kind, header) == (Kind::Nginx, Header::Forwarded) {
                    names_both(&what, proxy.address, &lines(spoof));
                    continue;
                }
                for client in [CLIENT, STRANGER] {
                    let explained = explain(client, proxy.address, &lines(spoof));
                    assert_eq!(explained, UNREADABLE, "{what}, {spoof:?}");
                    let answer = hook(client, proxy.address, &lines(spoof));
                    assert_eq!(answer.status, 403, "{what}, {spoof:?}");
                }
            }
        }
    }
}

/// Not the other way round: of a header's several lines nginx before 1.23 has the first one in `$http_forwarded`, and
/// would drop the one that haproxy added.
#[test]
fn through_nginx_and_haproxy_forwarded_names_the_client_of_nginx() {
    let (first, last) = (Kind::Nginx, Kind::Haproxy);
    for header in [Header::Forwarded, Header::ForwardedUnread] {
        let trusted = [first.address(), last.address()];
        let server = Server::start(CLIENT, &trusted, forwarding(header));
        let inner = Proxy::start_with(last, last.address(), server.address, header);
        let outer = Proxy::start_with(first, first.address(), inner.address, header);
        for spoof in FORWARDED {
            names_both(&format!("{header:?}"), outer.address, &lines(spoof));
        }
    }
}

#[test]
fn an_ipv6_client_is_named_in_whatever_header_the_proxy_writes() {
    if !has_ipv6() {
        return;
    }
    for kind in Kind::ALL {
        for header in Header::ALL {
            let server = Server::start("::1", &[kind.address()], forwarding(header));
            let proxy = Proxy::start_with(kind, "::1", server.address, header);
            let mut spoofs = SPOOFS.map(<[_]>::to_vec).to_vec();
            spoofs.extend(FORWARDED.map(lines));
            for spoof in spoofs {
                assert_eq!(
                    explain("::1", proxy.address, &spoof),
                    "the client is ::1, from a trusted proxy's header; it is allowed by ::1/128",
                    "{kind:?}, {header:?}, {spoof:?}"
                );
            }
        }
    }
}

#[test]
fn an_ipv4_client_that_the_proxy_writes_as_ipv6_is_named_as_ipv4() {
    if !has_ipv6() {
        return;
    }
    for kind in Kind::ALL {
        for header in Header::ALL {
            let server = Server::start(CLIENT, &[kind.address()], forwarding(header));
            let proxy = Proxy::start_with(kind, "::ffff:127.0.0.1", server.address, header);
            let address = SocketAddr::from(([127, 0, 0, 1], proxy.address.port()));
            for spoof in SPOOFS {
                names_both(&format!("{kind:?}, {header:?}"), address, spoof);
            }
        }
    }
}

/// The proxy's element has quotation marks of its own here, which may end what a client began.
#[test]
fn a_quoted_string_that_does_not_end_hides_no_element_with_quotes() {
    if !has_ipv6() {
        return;
    }
    for kind in Kind::ALL {
        for header in [Header::Forwarded, Header::ForwardedUnread] {
            let server = Server::start(CLIENT, &[kind.address()], forwarding(header));
            let proxy = Proxy::start_with(kind, "::1", server.address, header);
            let expected = if (kind, header) == (Kind::Nginx, Header::Forwarded) {
                "the client is ::1, from a trusted proxy's header; it is not in any network of the allowlist"
            } else {
                UNREADABLE
            };
            for spoof in UNBALANCED {
                let explained = explain("::1", proxy.address, &lines(spoof));
                assert_eq!(explained, expected, "{kind:?}, {header:?}, {spoof:?}");
            }
        }
    }
}

#[test]
fn without_the_proxy_the_sockets_peer_is_named() {
    for header in Header::ALL {
        let server = Server::start(CLIENT, &["127.0.0.7"], forwarding(header));
        for spoof in SPOOFS {
            for (client, list) in [
                (CLIENT, "it is allowed by 127.9.0.1/32"),
                (STRANGER, "it is not in any network of the allowlist"),
            ] {
                assert_eq!(
                    explain(client, server.address, spoof),
                    format!("the client is {client}, the socket's peer; {list}"),
                    "{header:?}, {spoof:?}"
                );
            }
        }
    }
}

const UNREADABLE: &str = "the client is unknown: an entry of the forwarding header can't be read; it is not in any network \
                          of the allowlist";

/// How an endpoint reads what the proxy writes.
fn forwarding(header: Header) -> Forwarding {
    match header {
        Header::XForwardedFor => Forwarding::XForwardedFor,
        Header::XRealIp => Forwarding::Header("X-Real-IP".to_owned()),
        Header::Forwarded | Header::ForwardedUnread => Forwarding::Forwarded,
    }
}

/// Lines of `Forwarded`.
fn lines<'a>(values: &[&'a str]) -> Vec<(&'static str, &'a str)> {
    values.iter().map(|value| ("Forwarded", *value)).collect()
}

/// The client and the stranger are each taken for who they are, whatever they write.
fn names_both(what: &str, to: SocketAddr, spoof: &[(&str, &str)]) {
    for (client, status, body, list) in [
        (CLIENT, 200, CLIENT, "it is allowed by 127.9.0.1/32"),
        (
            STRANGER,
            403,
            "",
            "it is not in any network of the allowlist",
        ),
    ] {
        assert_eq!(
            explain(client, to, spoof),
            format!("the client is {client}, from a trusted proxy's header; {list}"),
            "{what}, {spoof:?}"
        );
        let answer = hook(client, to, spoof);
        assert_eq!(
            (answer.status, answer.text()),
            (status, body),
            "{what}, {client}, {spoof:?}"
        );
    }
}

fn explain(client: &str, to: SocketAddr, headers: &[(&str, &str)]) -> String {
    let answer = exchange_from(client, to, &request("GET", "/explain", headers, b""));
    assert_eq!(answer.status, 200, "{headers:?}: {answer:?}");
    answer.text().to_owned()
}

fn hook(client: &str, to: SocketAddr, headers: &[(&str, &str)]) -> Reply {
    let target = format!("/hook?token={TOKEN}");
    exchange_from(client, to, &request("POST", &target, headers, MESSAGE))
}
