//! Whose servers may be given many messages.

use std::net::IpAddr;

use http::Uri;

use crate::error::Error;

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

/// By its text: a name that only resolves to a loopback address can resolve to another one a moment later.
fn is_this_machine(host: &str) -> bool {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match bare.unwrap_or(host).parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
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
}
