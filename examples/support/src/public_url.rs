//! What an example is reached by from outside: the URL that `CALLHOOK_PUBLIC_URL` has, and those that begin with it.

/// Reads `https://your.app`, or with a path, which has no slash at its end then.
///
/// # Errors
///
/// What is wrong with it.
pub(super) fn parse(text: &str) -> Result<String, String> {
    match fault(text) {
        None => Ok(text.trim_end_matches('/').to_owned()),
        Some(fault) => Err(format!(
            "{fault}; expected a URL such as https://your.app, without a query"
        )),
    }
}

fn fault(text: &str) -> Option<&'static str> {
    let rest = ["https://", "http://"]
        .into_iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    let Some(rest) = rest else {
        return Some("it begins with neither https:// nor http://");
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // The last colon may be one of an IPv6 address, which ends with a bracket.
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    if name.is_empty() {
        Some("it has no host")
    } else if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        Some("its port is not a number from 0 to 65535")
    } else if rest.contains(['?', '#']) {
        Some("it has a query or a fragment")
    } else if !rest.bytes().all(is_of_a_url) {
        Some("it has a character that no URL has")
    } else {
        None
    }
}

/// With everything percent-encoded that a query's value may have to be.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_unreserved(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded += &format!("%{byte:02X}");
        }
    }
    encoded
}

/// Whether a URL has this byte as it is.
pub(super) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn is_of_a_url(byte: u8) -> bool {
    byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte)
}
