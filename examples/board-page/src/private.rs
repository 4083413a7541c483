//! Who may read what the private listener shows: phone numbers, and whole messages.
//!
//! The listener's address decides who can connect: by default only programs on this machine. Two kinds of them act for
//! somebody else, and are refused:
//!
//! 1. A browser that shows a stranger's page. The stranger's name can be made to resolve to 127.0.0.1, and then the
//!    page may read what is answered there (DNS rebinding). But the request still has that name as its `Host`, which
//!    must be a loopback address, `localhost`, or one of `LISTEN_PRIVATE_HOSTS`. A `Host` that is missing or repeated
//!    is refused too.
//! 2. A proxy that forwards to the wrong port. Most say in a header that they do.
//!
//! Neither is a reason to have a proxy forward to this listener: one that adds no such header, and writes a `Host` of
//! its own or passes on what its client wrote, can't be told from a program on this machine. In a container, where this
//! listens on all addresses, publish the port on the host's loopback address only: `-p 127.0.0.1:3001:3001`.

use std::net::IpAddr;
use std::sync::Arc;

/// Decides who may read.
#[derive(Clone, Debug)]
pub struct Private {
    /// Besides this machine's own names.
    hosts: Arc<[Host]>,
}

/// The name or address that a client knows a server by.
#[derive(Debug, PartialEq, Eq)]
enum Host {
    Address(IpAddr),
    /// In lower case.
    Name(String),
}

impl Private {
    /// Lets this machine's own names in, and these, which commas separate.
    ///
    /// # Errors
    ///
    /// Which is not a name or an address.
    pub fn new(hosts: &str) -> Result<Self, String> {
        let hosts = match hosts {
            "" => Vec::new(),
            hosts => hosts
                .split(',')
                .map(|host| Host::configured(host.trim()))
                .collect::<Result<_, _>>()?,
        };
        Ok(Self {
            hosts: hosts.into(),
        })
    }

    /// Whether a request may be answered: by the authority of its URL, where that is a whole one, by its `Host`
    /// headers, and by whether it has a header of a name.
    pub fn may_read<'a>(
        &self,
        authority: Option<&str>,
        hosts: impl IntoIterator<Item = &'a [u8]>,
        has_header: impl Fn(&str) -> bool,
    ) -> bool {
        let mut hosts = hosts.into_iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return false;
        };
        let is_forwarded = ["forwarded", "via", "x-forwarded-for", "x-real-ip"]
            .into_iter()
            .any(has_header);
        let is_known = |host: &str| self.knows(&Host::requested(host));
        !is_forwarded && str::from_utf8(host).is_ok_and(is_known) && authority.is_none_or(is_known)
    }

    fn knows(&self, host: &Host) -> bool {
        let is_this_machine = match host {
            Host::Address(address) => address.is_loopback(),
            Host::Name(name) => name == "localhost",
        };
        is_this_machine || self.hosts.contains(host)
    }
}

impl Host {
    /// As in a request: with a port or without.
    fn requested(text: &str) -> Self {
        match text.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => Self::of(host),
            // The last colon may be one of an IPv6 address.
            _ => Self::of(text),
        }
    }

    fn configured(text: &str) -> Result<Self, String> {
        let host = Self::of(text);
        let is_of_a_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        match &host {
            Self::Name(name) if name.is_empty() || !name.bytes().all(is_of_a_name) => Err(format!(
                "{text:?} is not a name such as calls.internal, or an address, without a port"
            )),
            _ => Ok(host),
        }
    }

    fn of(text: &str) -> Self {
        let bare = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        match bare.unwrap_or(text).parse::<IpAddr>() {
            Ok(address) => Self::Address(address.to_canonical()),
            Err(_) => Self::Name(text.to_ascii_lowercase()),
        }
    }
}
