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

/// Splits at a separator outside of quoted strings. `None` where a quoted string doesn't end.
fn split_unquoted(text: &[u8], separator: u8) -> Option<Vec<&[u8]>> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let pieces = text
        .split(|byte| {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if is_quoted => is_escaped = true,
                b'"' => is_quoted = !is_quoted,
                byte if *byte == separator && !is_quoted => return true,
                _ => {}
            }
            false
        })
        .collect();
    (!is_quoted).then_some(pieces)
}
