//! Addresses as proxies write them.

use std::net::{IpAddr, SocketAddr};

/// `ip`, `ip:port`, `[v6]` or `[v6]:port`, quoted or not.
pub(super) fn address(entry: &[u8]) -> Option<IpAddr> {
    let entry = std::str::from_utf8(entry).ok()?.trim_ascii();
    let entry = match entry.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?,
        None => entry,
    };
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']');
    let address = if let Ok(address) = entry.parse::<IpAddr>() {
        address
    } else if let Ok(address) = entry.parse::<SocketAddr>() {
        address.ip()
    } else {
        IpAddr::V6(bracketed()?.parse().ok()?)
    };
    Some(address.to_canonical())
}

/// The `for` of each element of `Forwarded`, in order. `None` where the lines are not RFC 7239; an element without
/// exactly one readable `for` is a `None` among the others.
pub(super) fn elements(lines: &[&[u8]]) -> Option<Vec<Option<IpAddr>>> {
    let mut elements = Vec::new();
    for line in lines {
        for element in split_unquoted(line, b',')? {
            elements.push(for_of(element));
        }
    }
    Some(elements)
}

fn for_of(element: &[u8]) -> Option<IpAddr> {
    let mut found = None;
    for pair in split_unquoted(element, b';')? {
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = pair.split_at(equals);
        if name.trim_ascii().eq_ignore_ascii_case(b"for") {
            let address = address(value.get(1..)?)?;
            if found.replace(address).is_some() {
                return None;
            }
        }
    }
    found
}

/// Splits at a separator outside of quoted strings. `None` where quotation is not RFC 7239's.
///
/// That is taken at its word: a proxy may append to what a stranger sent, on the same line, and a quoted string that the
/// stranger left open would end in one of the proxy's own. What the proxy says inside of quotes, a `Host` perhaps, would
/// then stand outside of them.
fn split_unquoted(text: &[u8], separator: u8) -> Option<Vec<&[u8]>> {
    let mut at = Some(Quotation::Outside { may_begin: false });
    let pieces = text
        .split(|byte| {
            let is_outside = !matches!(at, Some(Quotation::Inside | Quotation::Escaped));
            at = at.and_then(|at| at.then(*byte));
            is_outside && *byte == separator
        })
        .collect();
    match at? {
        Quotation::Outside { .. } | Quotation::Ended => Some(pieces),
        Quotation::Inside | Quotation::Escaped => None,
    }
}

/// How the bytes of a line are quoted.
#[derive(Clone, Copy)]
enum Quotation {
    /// A quoted string may begin only as the whole value of a parameter.
    Outside {
        may_begin: bool,
    },
    Inside,
    /// Behind a backslash.
    Escaped,
    /// Nothing but a separator may come.
    Ended,
}

impl Quotation {
    /// How it is behind this byte. `None` where it may not stand here.
    fn then(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Escaped, _) => Self::Inside,
            (Self::Inside, b'\\') => Self::Escaped,
            (Self::Inside, b'"') => Self::Ended,
            (Self::Inside, _) => Self::Inside,
            (outside, byte) if byte.is_ascii_whitespace() => outside,
            (Self::Ended, b',' | b';') => Self::Outside { may_begin: false },
            (Self::Ended, _) => return None,
            (Self::Outside { may_begin: true }, b'"') => Self::Inside,
            (Self::Outside { .. }, b'"') => return None,
            (Self::Outside { .. }, byte) => Self::Outside {
                may_begin: byte == b'=',
            },
        })
    }
}
