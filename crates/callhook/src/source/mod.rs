//! Where a request comes from: which address is the client's, and whether it may call.
//!
//! 1. The client is the socket's peer, unless the peer is a trusted proxy. The headers of other peers are not read.
//! 2. Behind a trusted proxy one configured header counts, and no other. All of its lines are joined and walked from
//!    right to left, past trusted proxies: the first address that is not a trusted proxy's is the client's.
//! 3. An unreadable entry on the way, a missing header, or a header that contains only trusted proxies leaves the
//!    client unknown. So does a `Forwarded` whose quotes, wherever in it, are not those of RFC 7239.
//! 4. With an allowlist, a client that is unknown or not on it is refused with 403. Without one, the address is only
//!    shown.
//! 5. IPv4 addresses written as IPv6 (`::ffff:192.0.2.1`) are IPv4 addresses, before every comparison.
//!
//! The mistake to avoid: behind a proxy that isn't listed as trusted, every request comes from the proxy's address; on
//! a list of trusted proxies that is too wide, clients write their own address.
//! [`Endpoint::explain`](crate::Endpoint::explain) shows how an endpoint reads a request.
//!
//! Behind two proxies of different makes, `X-Forwarded-For` is the safer header: nginx before 1.23 reads one line of
//! `Forwarded` only, and so loses what a proxy in front of it added in a line of its own, in favour of what the client
//! wrote.
//!
//! No provider documents addresses, so none are built in. List the addresses from which you have seen messages arrive.

mod allow_list;
mod client;
mod explanation;
mod forwarded;
mod policy;

pub use self::allow_list::AllowList;
pub use self::client::Forwarding;
pub use self::explanation::{AllowlistMatch, ClientSource, Explanation};

pub(crate) use self::allow_list::Networks;
pub(crate) use self::client::{Client, ClientFinder};
pub(crate) use self::policy::{Allow, SourcePolicy};
