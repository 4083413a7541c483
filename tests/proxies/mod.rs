//! The example behind a real nginx and a real haproxy: the client is whom the proxy saw, whatever the client wrote.

mod forwarding;
mod server;

use std::net::{IpAddr, SocketAddr, TcpListener};

use callhook_test_support::{Reply, chunked, exchange_on, request};
use socket2::{Domain, Socket, Type};

use crate::example::Example;
use crate::proxy::{Header, Kind, Proxy};
use crate::signatures::{SECRET, sign};
use crate::wire::VOIPAPPZ_EVENTS;

/// The address on the allowlist.
const CLIENT: &str = "127.9.0.1";
/// Another, which is on no list.
const STRANGER: &str = "127.9.0.2";

/// A message that is never taken for a replay: it waits for an answer.
const MESSAGE: &[u8] = br#"{"from":9191000000000,"to":911203000000,"cmiuuid":"a","appid":1111112}"#;

/// What a client may write to be taken for another.
const SPOOFS: [&[(&str, &str)]; 27] = [
    &[],
    &[("X-Forwarded-For", "127.9.0.1")],
    &[("x-forwarded-for", "127.9.0.1")],
    &[("X-FORWARDED-FOR", "127.9.0.1")],
    &[("X-Forwarded-For", "127.9.0.1:4711")],
    &[("X-Forwarded-For", "127.9.0.1,")],
    &[("X-Forwarded-For", "127.9.0.1, ")],
    &[("X-Forwarded-For", ", ,127.9.0.1,,")],
    &[("X-Forwarded-For", "127.9.0.1, 127.9.0.1, 127.9.0.1")],
    &[("X-Forwarded-For", "127.9.0.1, 127.0.0.7")],
    &[("X-Forwarded-For", "127.9.0.1, 127.0.0.8, 127.0.0.7")],
    &[("X-Forwarded-For", "127.9.0.1, 127.0.0.7,127.0.0.8,")],
    &[("X-Forwarded-For", "::ffff:127.9.0.1, [::ffff:127.0.0.7]:80")],
    &[("X-Forwarded-For", "127.0.0.7")],
    &[("X-Forwarded-For", "")],
    &[("X-Forwarded-For", "unknown")],
    &[("X-Forwarded-For", "127.9.0.1, \"")],
    &[("X-Forwarded-For", "\"127.9.0.1")],
    &[("X-Forwarded-For", "127.9.0.1 #\\")],
    &[
        ("X-Forwarded-For", "127.9.0.1"),
        ("x-forwarded-for", "127.9.0.1"),
        ("X-FORWARDED-FOR", "127.9.0.1, 127.0.0.7"),
    ],
    &[
        ("X-Forwarded-For", "127.9.0.1"),
        ("X-Forwarded-For", "127.0.0.7"),
        ("X-Forwarded-For", "127.0.0.8"),
        ("X-Forwarded-For", ""),
    ],
    &[
        ("X_Forwarded_For", "127.9.0.1"),
        ("X-Forwarded_For", "127.9.0.1"),
    ],
    &[("Forwarded", "for=127.9.0.1")],
    &[
        ("Forwarded", "for=127.9.0.1"),
        ("X-Forwarded-For", "127.9.0.1"),
    ],
    &[("X-Real-IP", "127.9.0.1")],
    &[
        ("X-Real-IP", "127.9.0.1"),
        ("Client-IP", "127.9.0.1"),
        ("X-Client-IP", "127.9.0.1"),
        ("True-Client-IP", "127.9.0.1"),
        ("CF-Connecting-IP", "127.9.0.1"),
        ("X-Forwarded", "for=127.9.0.1"),
        ("Via", "1.1 127.9.0.1"),
    ],
    // Names a header that is for the next hop alone.
    &[
        ("connection", "close, X-Forwarded-For"),
        ("X-Forwarded-For", "127.9.0.1"),
    ],
];

#[test]
fn behind_a_proxy_the_client_is_whom_the_proxy_saw_whatever_it_wrote() {
    for kind in Kind::ALL {
        let example = start(CLIENT, kind.address());
        let proxy = Proxy::start(kind, example.address);
        tells_clients_apart(&example, proxy.address);
    }
}

#[test]
fn behind_a_chain_of_trusted_proxies_the_client_is_whom_the_first_one_saw() {
    for [first, last] in [
        [Kind::Nginx, Kind::Haproxy],
        [Kind::Haproxy, Kind::Nginx],
        [Kind::Nginx, Kind::Nginx],
        [Kind::Haproxy, Kind::Haproxy],
    ] {
        let trusted = format!("{},{}", first.address(), last.address());
        let example = start(CLIENT, &trusted);
        let inner = Proxy::start(last, example.address);
        let outer = Proxy::start(first, inner.address);
        tells_clients_apart(&example, outer.address);
    }
}

#[test]
fn a_proxy_that_is_not_trusted_is_itself_the_client_of_the_trusted_one_behind_it() {
    let example = start(Kind::Nginx.address(), Kind::Haproxy.address());
    let inner = Proxy::start(Kind::Haproxy, example.address);
    let outer = Proxy::start(Kind::Nginx, inner.address);
    for (client, proxy, status) in [
        (CLIENT, &outer, 200),
        (STRANGER, &outer, 200),
        (CLIENT, &inner, 403),
    ] {
        for spoof in SPOOFS {
            let answer = send(&example, client, proxy.address, spoof);
            assert_eq!(answer.status, status, "{client}, {spoof:?}");
        }
    }
}

#[test]
fn behind_a_proxy_that_nobody_trusts_all_clients_are_the_proxy() {
    for kind in Kind::ALL {
        for (allowed, status) in [(CLIENT, 403), (kind.address(), 200)] {
            let example = Example::start_with(&[("CALLHOOK_ALLOW", allowed)]);
            let proxy = Proxy::start(kind, example.address);
            for spoof in SPOOFS {
                let answer = send(&example, CLIENT, proxy.address, spoof);
                assert_eq!(answer.status, status, "{kind:?}, {allowed}, {spoof:?}");
            }
        }
    }
}

#[test]
fn a_client_that_goes_round_the_proxy_is_taken_by_its_own_address() {
    let example = start(CLIENT, "127.0.0.7,127.0.0.8");
    tells_clients_apart(&example, example.address);
    let stranger = [("x-forwarded-for", STRANGER)];
    let answer = send(&example, CLIENT, example.address, &stranger);
    assert_eq!(answer.status, 200);
}

#[test]
fn what_a_proxy_cannot_read_as_a_header_lets_nobody_in() {
    for kind in Kind::ALL {
        let example = start(CLIENT, kind.address());
        let proxy = Proxy::start(kind, example.address);
        for spoof in [
            ("X-Forwarded-For ", "127.9.0.1"),
            ("X-Forwarded-For\t", "127.9.0.1"),
            (" X-Forwarded-For", "127.9.0.1"),
            ("X-Forwarded-For", "127.9.0.1,\r\n 127.0.0.7"),
            ("X", "\r\n X-Forwarded-For: 127.9.0.1"),
            ("X", "\nX-Forwarded-For: 127.9.0.1"),
            ("X", "\rX-Forwarded-For: 127.9.0.1"),
            ("X-Forwarded-For", "127.9.0.1\0"),
            ("X-Forwarded-For\0", "127.9.0.1"),
            ("X-Forwarded-For", "127.9.0.1\u{a0}"),
        ] {
            let answer = send(&example, STRANGER, proxy.address, &[spoof]);
            assert!(
                matches!(answer.status, 400 | 403),
                "{kind:?}, {spoof:?}: {answer:?}"
            );
        }
        assert!(example.messages().is_empty());
    }
}

#[test]
fn what_is_private_is_shown_to_nobody_through_a_proxy() {
    for kind in Kind::ALL {
        let example = Example::start();
        assert_eq!(example.post(MESSAGE).status, 200);
        let private = example.private.expect("a private listener");
        // A plain one makes the world look like this machine.
        for proxy in [
            Proxy::start(kind, example.address),
            Proxy::start_plain(kind, example.address),
        ] {
            for client in [CLIENT, "127.0.0.1"] {
                for path in ["/messages", "/calls", "/"] {
                    for host in ["rebind.example", "localhost", &private.to_string()] {
                        let get = get(path, host);
                        let answer = exchange_from(client, proxy.address, &get);
                        let what = format!("{kind:?}, {path}, {host}");
                        assert_eq!((answer.status, answer.text()), (404, ""), "{what}");
                    }
                }
            }
        }
    }
}

/// A plain nginx is not part of this: it doesn't say that it forwards, and writes the server's address as the `Host`.
/// Nor is a plain haproxy whose client writes the `Host` of this machine.
#[test]
fn a_proxy_before_the_private_listener_is_refused_by_what_it_forwards() {
    for kind in Kind::ALL {
        let example = Example::start();
        assert_eq!(example.post(MESSAGE).status, 200);
        let private = example.private.expect("a private listener");
        let proxy = Proxy::start(kind, private);
        for host in ["calls.example", "localhost", &private.to_string()] {
            let answer = exchange_from(CLIENT, proxy.address, &get("/messages", host));
            let what = format!("{kind:?}, {host}");
            assert_eq!((answer.status, answer.text()), (403, ""), "{what}");
        }
    }
    let example = Example::start();
    assert_eq!(example.post(MESSAGE).status, 200);
    let private = example.private.expect("a private listener");
    let proxy = Proxy::start_plain(Kind::Haproxy, private);
    let answer = exchange_from(CLIENT, proxy.address, &get("/messages", "calls.example"));
    assert_eq!((answer.status, answer.text()), (403, ""));
}

#[test]
fn an_ipv6_client_is_told_from_others() {
    if !has_ipv6() {
        return;
    }
    for kind in Kind::ALL {
        for (allowed, status) in [("::1", 200), ("127.9.0.1", 403), ("::2", 403)] {
            let example = start(allowed, kind.address());
            let header = Header::XForwardedFor;
            let proxy = Proxy::start_with(kind, "::1", example.address, header);
            for spoof in SPOOFS {
                let answer = send(&example, "::1", proxy.address, spoof);
                assert_eq!(answer.status, status, "{kind:?}, {allowed}, {spoof:?}");
            }
        }
    }
}

#[test]
fn a_proxy_that_writes_ipv4_addresses_as_ipv6_is_understood() {
    if !has_ipv6() {
        return;
    }
    for kind in Kind::ALL {
        let example = start(CLIENT, kind.address());
        let header = Header::XForwardedFor;
        // An IPv6 socket that accepts IPv4.
        let proxy = Proxy::start_with(kind, "::ffff:127.0.0.1", example.address, header);
        let address = SocketAddr::from(([127, 0, 0, 1], proxy.address.port()));
        tells_clients_apart(&example, address);
    }
}

#[test]
fn a_server_that_sees_ipv4_peers_as_ipv6_knows_its_proxies() {
    if !has_ipv6() {
        return;
    }
    for kind in Kind::ALL {
        let example = Example::start_with(&[
            ("LISTEN", "[::ffff:127.0.0.1]:0"),
            ("CALLHOOK_ALLOW", CLIENT),
            ("CALLHOOK_TRUSTED_PROXIES", kind.address()),
        ]);
        let address = SocketAddr::from(([127, 0, 0, 1], example.address.port()));
        let proxy = Proxy::start(kind, address);
        tells_clients_apart(&example, proxy.address);
        tells_clients_apart(&example, address);
    }
}

#[test]
fn a_signed_url_arrives_through_a_proxy_as_it_was_signed() {
    for kind in Kind::ALL {
        let example = Example::start_with(&[("CALLHOOK_HMAC_SECRET", SECRET)]);
        let proxy = Proxy::start(kind, example.address);
        let body = r#"{"uuid":"a","direction":"incoming"}"#;
        let mut outcomes = Vec::new();
        for target in [
            VOIPAPPZ_EVENTS[1],
            "/webhooks/voipappz/Call%3AAnswer",
            "/webhooks/voipappz/Call%3aAnswer?a=%2b+1&&b=%E2%82%AC&c=%20%25%2F/../?",
            "/webhooks/voipappz/%63all-answer?",
        ] {
            let signature = sign(format!("{target}\n{body}").as_bytes(), SECRET);
            for (body, is_signed) in [(body, true), (r#"{"uuid":"b"}"#, false)] {
                let headers = [("callhook-signature", &*signature)];
                let post = request("POST", target, &headers, body.as_bytes());
                let answer = exchange_from(CLIENT, proxy.address, &post);
                let status = if is_signed { 200 } else { 401 };
                assert_eq!(answer.status, status, "{kind:?}, {target}");
                if is_signed {
                    outcomes.push(answer.outcome().map(str::to_owned));
                }
            }
        }
        let replay = Some("replay".to_owned());
        assert_eq!(outcomes, [None, replay.clone(), replay.clone(), replay]);
        assert_eq!(example.only_message()["status"], "Call:Answer");
    }
}

#[test]
fn large_bodies_arrive_through_a_proxy_in_one_piece_or_in_chunks() {
    for kind in Kind::ALL {
        let example = Example::start_with(&[("CALLHOOK_HMAC_SECRET", SECRET)]);
        let proxy = Proxy::start(kind, example.address);
        let text = "x".repeat(200 * 1024);
        for (leg, size) in [
            ("whole", None),
            ("pieces", Some(7000)),
            ("piece", Some(1 << 20)),
        ] {
            let body = format!(
                r#"{{"type":"event","status":"started","cmiuuid":"{leg}","extra":"{text}"}}"#
            );
            let signature = sign(body.as_bytes(), SECRET);
            let signature = ("callhook-signature", &*signature);
            let post =
                |headers: &[_], body: &[u8]| request("POST", "/webhooks/telecmi", headers, body);
            let post = match size {
                None => post(&[signature], body.as_bytes()),
                Some(size) => post(
                    &[signature, ("transfer-encoding", "chunked")],
                    &chunked(body.as_bytes(), size),
                ),
            };
            let answer = exchange_from(CLIENT, proxy.address, &post);
            assert_eq!(
                (answer.status, answer.outcome()),
                (200, None),
                "{kind:?}, {leg}"
            );
        }
        assert_eq!(example.shown("leg_id"), ["whole", "pieces", "piece"]);
        for call in example.messages() {
            assert_eq!(call["fields"]["extra"], *text);
        }
    }
}

/// A GET of a URL with this host.
fn get(path: &str, host: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").into_bytes()
}

/// An example that lets one address in, and trusts these.
fn start(allowed: &str, trusted: &str) -> Example {
    Example::start_with(&[
        ("CALLHOOK_ALLOW", allowed),
        ("CALLHOOK_TRUSTED_PROXIES", trusted),
    ])
}

/// Sends a message to the example or to a proxy before it, with the example's token.
fn send(example: &Example, client: &str, to: SocketAddr, headers: &[(&str, &str)]) -> Reply {
    let post = request("POST", &example.target(), headers, MESSAGE);
    exchange_from(client, to, &post)
}

/// Sends a request from this address of the machine's, and reads one reply.
fn exchange_from(client: &str, address: SocketAddr, request: &[u8]) -> Reply {
    let client: IpAddr = client.parse().expect(client);
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).expect("a socket");
    let bound = socket.bind(&SocketAddr::new(client, 0).into());
    bound.expect("an address of this machine's");
    let connected = socket.connect(&address.into());
    connected.expect("the server accepts connections");
    exchange_on(socket.into(), request)
}

/// Whatever they write, the client's messages are taken, and the stranger's are not.
fn tells_clients_apart(example: &Example, to: SocketAddr) {
    let mut shown = example.messages().len();
    for spoof in SPOOFS {
        for (client, status) in [(CLIENT, 200), (STRANGER, 403)] {
            let answer = send(example, client, to, spoof);
            assert_eq!(answer.status, status, "{client}, {spoof:?}");
            shown += usize::from(status == 200);
            assert_eq!(example.messages().len(), shown, "{client}, {spoof:?}");
        }
    }
}

/// Some containers have no IPv6, not even their own loopback: no IPv6 client can connect there.
fn has_ipv6() -> bool {
    TcpListener::bind("[::1]:0").is_ok()
}
