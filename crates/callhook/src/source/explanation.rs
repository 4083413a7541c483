//! How an endpoint reads where a request comes from: [`Explanation`].

use std::fmt;
use std::net::IpAddr;

use super::Client;

/// How an endpoint reads where a request comes from, returned by [`Endpoint::explain`](crate::Endpoint::explain).
/// `Display` explains it to operators, and the fields are for programs. Tokens are not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// Which address is taken for the client's, and from where.
    pub client: ClientSource,
    /// What the allowlist says of it. `None` where the endpoint has no allowlist.
    pub allowlist: Option<AllowlistMatch>,
}

/// Which address is a client's, and what it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientSource {
    /// The socket's peer.
    Peer(IpAddr),
    /// The header of a trusted proxy.
    Forwarded(IpAddr),
    /// The address is unknown. An endpoint with an allowlist refuses the request.
    #[non_exhaustive]
    Unknown {
        /// Why, for the log.
        cause: &'static str,
    },
}

/// What an allowlist says of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AllowlistMatch {
    /// The client is in this network of the list, such as `192.0.2.0/24`: the widest one that contains it.
    Network(String),
    /// The client is in no network of the list, or its address is unknown.
    None,
}

impl ClientSource {
    /// The address, if it is known.
    #[must_use]
    pub fn address(self) -> Option<IpAddr> {
        match self {
            Self::Peer(address) | Self::Forwarded(address) => Some(address),
            Self::Unknown { .. } => None,
        }
    }
}

impl From<Client> for ClientSource {
    fn from(client: Client) -> Self {
        match client {
            Client::Peer(address) => Self::Peer(address),
            Client::Forwarded(address) => Self::Forwarded(address),
            Client::Unknown(cause) => Self::Unknown { cause },
        }
    }
}

impl fmt::Display for ClientSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peer(address) => write!(f, "the client is {address}, the socket's peer"),
            Self::Forwarded(address) => {
                write!(f, "the client is {address}, from a trusted proxy's header")
            }
            Self::Unknown { cause } => write!(f, "the client is unknown: {cause}"),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)?;
        match &self.allowlist {
            None => f.write_str("; there is no allowlist"),
            Some(AllowlistMatch::Network(network)) => write!(f, "; it is allowed by {network}"),
            Some(AllowlistMatch::None) => {
                f.write_str("; it is not in any network of the allowlist")
            }
        }
    }
}
