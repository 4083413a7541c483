//! Networks, and the list of those that may call.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use ipnet::{IpNet, Ipv4Net};

use crate::error::{ConfigError, NetworkProblem};

/// The networks that may call. A handle: clones share one list, which can be replaced while requests are served.
///
/// ```
/// use callhook::source::AllowList;
///
/// let list = AllowList::new(["192.0.2.0/24", "2001:db8::1"])?;
/// assert!(list.contains("192.0.2.7".parse()?));
/// list.replace(["198.51.100.0/24"])?;
/// assert!(!list.contains("::ffff:192.0.2.7".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct AllowList(Arc<ArcSwap<Networks>>);

impl AllowList {
    /// Networks such as `192.0.2.0/24` and `2001:db8::/32`, and single addresses.
    ///
    /// # Errors
    ///
    /// When one of them is not a network, or has bits set after its prefix; when the list is empty.
    pub fn new<T: AsRef<str>>(networks: impl IntoIterator<Item = T>) -> Result<Self, ConfigError> {
        let networks = Networks::parse("allowlist", networks)?;
        Ok(Self(Arc::new(ArcSwap::from_pointee(networks))))
    }

    /// Replaces the list, for all clones and from the next request on. Readers never wait.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); the list then stays as it was.
    pub fn replace<T: AsRef<str>>(
        &self,
        networks: impl IntoIterator<Item = T>,
    ) -> Result<(), ConfigError> {
        let networks = Networks::parse("allowlist", networks)?;
        self.0.store(Arc::new(networks));
        Ok(())
    }

    /// Whether an address is on the list.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.network_of(address).is_some()
    }

    pub(crate) fn network_of(&self, address: IpAddr) -> Option<IpNet> {
        self.0.load().network_of(address)
    }
}

impl fmt::Debug for AllowList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AllowList").field(&self.0.load()).finish()
    }
}

/// A set of networks, sorted by their first addresses, and none within another: one that is within a wider one adds
/// nothing. So an address can only be in the last one that begins at or before it.
#[derive(Debug)]
pub(crate) struct Networks(Vec<IpNet>);

impl Networks {
    pub(crate) fn parse<T: AsRef<str>>(
        list: &'static str,
        networks: impl IntoIterator<Item = T>,
    ) -> Result<Self, ConfigError> {
        let mut networks = networks
            .into_iter()
            .map(|text| parse(text.as_ref()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|problem| ConfigError::Network { list, problem })?;
        if networks.is_empty() {
            return Err(ConfigError::Network {
                list,
                problem: NetworkProblem::Empty,
            });
        }
        // Of those that begin alike, the widest comes first.
        networks.sort_unstable();
        networks.dedup_by(|network, before| before.contains(&*network));
        Ok(Self(networks))
    }

    pub(crate) fn network_of(&self, address: IpAddr) -> Option<IpNet> {
        let address = address.to_canonical();
        let after = self.0.partition_point(|net| net.network() <= address);
        let last = self.0.get(after.checked_sub(1)?)?;
        last.contains(&address).then_some(*last)
    }
}

fn parse(text: &str) -> Result<IpNet, NetworkProblem> {
    let entry = || text.to_owned();
    let trimmed = text.trim_ascii();
    if let Ok(address) = trimmed.parse::<IpAddr>() {
        return Ok(IpNet::from(address.to_canonical()));
    }
    let network: IpNet = trimmed
        .parse()
        .map_err(|_| NetworkProblem::Invalid { entry: entry() })?;
    if network.network() != network.addr() {
        return Err(NetworkProblem::HostBits { entry: entry() });
    }
    Ok(canonical(network))
}

/// A network of IPv4 addresses written as IPv6, as the IPv4 network it is.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else {
        return network;
    };
    let v4 = v6
        .addr()
        .to_ipv4_mapped()
        .zip(v6.prefix_len().checked_sub(96))
        .and_then(|(address, prefix)| Ipv4Net::new(address, prefix).ok());
    v4.map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        let networks = Networks::parse("test", [network]).expect(network);
        networks
            .network_of(address.parse().expect(address))
            .is_some()
    }

    #[test]
    fn a_bare_address_is_itself_alone() {
        assert!(contains("192.0.2.7", "192.0.2.7"));
        assert!(!contains("192.0.2.7", "192.0.2.8"));
        assert!(contains("2001:db8::1", "2001:db8::1"));
        assert!(!contains("2001:db8::1", "2001:db8::2"));
    }

    #[test]
    fn an_address_is_found_in_whichever_network_it_is_in_and_in_no_other() {
        let texts: Vec<String> = (0..40_u8)
            .flat_map(|at| {
                [
                    format!("10.{at}.0.0/{}", 16 + at % 8),
                    format!("10.{at}.0.{at}"),
                    format!("192.0.2.{}/30", at * 4),
                    format!("2001:db8:{at:x}::/48"),
                    format!("2001:db8:{at:x}::{at:x}/128"),
                ]
            })
            .chain(["172.16.0.0/12", "172.16.0.0/16", "255.255.255.255"].map(str::to_owned))
            .rev()
            .collect();
        let one_by_one: Vec<IpNet> = texts
            .iter()
            .map(|text| {
                text.parse()
                    .unwrap_or_else(|_| IpNet::from(text.parse::<IpAddr>().expect("an address")))
            })
            .collect();
        let networks = Networks::parse("test", &texts).expect("valid networks");
        let v4 = (0..=u32::MAX)
            .step_by(3 * 65_537)
            .map(|bits| IpAddr::from(bits.to_be_bytes()));
        let edges = one_by_one
            .iter()
            .flat_map(|net| [net.network(), net.broadcast()]);
        let beside = edges.clone().flat_map(|address| match address {
            IpAddr::V4(v4) => [v4.to_bits().wrapping_sub(1), v4.to_bits().wrapping_add(1)]
                .map(|bits| IpAddr::from(bits.to_be_bytes())),
            IpAddr::V6(v6) => [v6.to_bits().wrapping_sub(1), v6.to_bits().wrapping_add(1)]
                .map(|bits| IpAddr::from(bits.to_be_bytes())),
        });
        let mut inside = 0;
        for address in v4.chain(edges).chain(beside) {
            let is_in = one_by_one.iter().any(|net| net.contains(&address));
            inside += usize::from(is_in);
            let found = networks.network_of(address);
            assert_eq!(found.is_some(), is_in, "{address}");
            assert!(found.is_none_or(|net| net.contains(&address)), "{address}");
        }
        assert!(inside > 400, "{inside}");
    }

    #[test]
    fn ipv4_written_as_ipv6_is_ipv4_on_both_sides() {
        assert!(contains("192.0.2.0/24", "::ffff:192.0.2.7"));
        assert!(contains("::ffff:192.0.2.0/120", "192.0.2.7"));
        assert!(contains("::ffff:192.0.2.7", "192.0.2.7"));
        assert!(!contains("::ffff:192.0.2.0/120", "192.0.3.7"));
        assert!(!contains("192.0.2.0/24", "::192.0.2.7"));
    }

    #[test]
    fn an_entry_that_is_not_a_network_is_refused_by_name() {
        let error = |problem| {
            Some(ConfigError::Network {
                list: "test",
                problem,
            })
        };
        for entry in ["192.0.2.7/24", "2001:db8::1/32"] {
            let problem = NetworkProblem::HostBits {
                entry: entry.to_owned(),
            };
            assert_eq!(Networks::parse("test", [entry]).err(), error(problem));
        }
        for entry in ["192.0.2.0/33", "localhost", ""] {
            let problem = NetworkProblem::Invalid {
                entry: entry.to_owned(),
            };
            assert_eq!(Networks::parse("test", [entry]).err(), error(problem));
        }
        let none: [&str; 0] = [];
        assert_eq!(
            Networks::parse("test", none).err(),
            error(NetworkProblem::Empty)
        );
    }
}
