//! Whose servers may be given many messages.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::LazyLock;

use http::Uri;

use crate::error::Error;
use crate::style::plain;
use crate::url::is_same_host;

/// More messages than a platform would send at once.
const MESSAGES: usize = 200;

/// Refuses load, or as many messages, for a host that is not this machine, unless it is the one that the user owns.
pub(crate) fn check_many(
    to: &Uri,
    messages: usize,
    is_load: bool,
    owned: Option<&str>,
) -> Result<(), Error> {
    if is_load || messages > MESSAGES {
        check_host(to, owned)?;
    }
    Ok(())
}

pub(super) fn check_host(to: &Uri, owned: Option<&str>) -> Result<(), Error> {
    let host = to.host().unwrap_or_default();
    if is_this_machine(host) || owned.is_some_and(|owned| owned.eq_ignore_ascii_case(host)) {
        return Ok(());
    }
    let given = match owned {
        Some(owned) => format!("--i-own-this-host names {owned:?}, and "),
        None => String::new(),
    };
    Err(Error::new(format!(
        "{given}many messages go to this machine only: the URL's host is {host:?}. If it is yours, and its owner and provider \
         agree to the load: --i-own-this-host {host}"
    )))
}

/// Refuses a host that an answer named, unless it is the one that the user named, or is the user's.
pub(crate) fn check_named(own: &Uri, named: &Uri, owned: Option<&str>) -> Result<(), Error> {
    let host = named.host().unwrap_or_default();
    let is_both = |is_it: fn(&str) -> bool| is_it(own.host().unwrap_or_default()) && is_it(host);
    if is_same_host(own, named)
        || is_both(is_this_machine)
        || owned.is_some_and(|owned| owned.eq_ignore_ascii_case(host))
    {
        return Ok(());
    }
    Err(Error::new(format!(
        "not sent: an answer named another host, {}. If it is yours: --i-own-this-host {0}",
        plain(host)
    )))
}

/// By its text: a name that only resolves to a loopback address can resolve to another one a moment later. `localhost`, too,
/// is what this system's resolver says.
fn is_this_machine(host: &str) -> bool {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match bare.unwrap_or(host).parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost") && *LOCALHOST,
    }
}

/// Whether `localhost` is this machine, and nothing else. Asked once: load asks for each message.
static LOCALHOST: LazyLock<bool> =
    LazyLock::new(|| is_loopback(("localhost", 0).to_socket_addrs().into_iter().flatten()));

fn is_loopback(addresses: impl Iterator<Item = SocketAddr>) -> bool {
    let mut addresses = addresses.peekable();
    addresses.peek().is_some() && addresses.all(|one| one.ip().to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_allowed(url: &str, owned: Option<&str>) -> bool {
        let url = url.parse().unwrap_or_else(|error| panic!("{url}: {error}"));
        check_host(&url, owned).is_ok()
    }

    #[test]
    fn this_machine_takes_load() {
        for url in [
            "http://127.0.0.1:3000/webhooks/telecmi",
            "http://127.9.9.9/",
            "http://localhost:3000/",
            "http://LOCALHOST/",
            "http://[::1]:3000/",
            "http://[::ffff:127.0.0.1]/",
        ] {
            assert!(is_allowed(url, None), "{url}");
        }
    }

    #[test]
    fn every_other_host_has_to_be_named_exactly() {
        for (url, host) in [
            ("http://example.com/", "example.com"),
            ("http://localhost.example.com/", "localhost.example.com"),
            ("http://127.0.0.1.example.com/", "127.0.0.1.example.com"),
            ("http://127.0.0.1@example.com/", "example.com"),
            ("http://192.0.2.1:127/", "192.0.2.1"),
            ("http://0.0.0.0:3000/", "0.0.0.0"),
            ("http://[2001:db8::1]/", "[2001:db8::1]"),
        ] {
            assert!(!is_allowed(url, None), "{url}");
            assert!(!is_allowed(url, Some("")), "{url}");
            assert!(!is_allowed(url, Some("com")), "{url}");
            assert!(!is_allowed(url, Some("localhost")), "{url}");
            assert!(!is_allowed(url, Some("other.example.com")), "{url}");
            assert!(is_allowed(url, Some(host)), "{url}");
        }
    }

    #[test]
    fn localhost_is_this_machine_only_where_all_of_its_addresses_are() {
        for (addresses, is_this) in [
            (&[][..], false),
            (&["127.0.0.1:0", "[::1]:0"], true),
            (&["127.0.0.1:0", "192.0.2.1:0"], false),
            (&["192.0.2.1:0"], false),
        ] {
            let parsed = addresses
                .iter()
                .map(|one| one.parse().unwrap_or_else(|error| panic!("{one}: {error}")));
            assert_eq!(is_loopback(parsed), is_this, "{addresses:?}");
        }
    }

    #[test]
    fn an_answer_may_name_its_own_host_and_one_that_is_owned() {
        let is_named = |own: &str, named: &str, owned: Option<&str>| {
            let uri = |text: &str| {
                text.parse()
                    .unwrap_or_else(|error| panic!("{text}: {error}"))
            };
            check_named(&uri(own), &uri(named), owned).is_ok()
        };
        let own = "https://calls.example/webhooks/piopiy";
        assert!(is_named(own, "http://CALLS.example:3000/menu", None));
        assert!(is_named("http://127.0.0.1/", "http://[::1]:3000/", None));
        for host in ["127.0.0.1", "example", "other.example"] {
            let named = format!("http://{host}/");
            assert!(!is_named(own, &named, None), "{host}");
            assert!(!is_named(own, &named, Some("calls.example")), "{host}");
            assert!(is_named(own, &named, Some(host)), "{host}");
        }
    }
}
