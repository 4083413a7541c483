//! Queries as they were sent.

/// The query without the parameters of this name, and else as it was.
pub(crate) fn without(query: &str, parameter: &str) -> String {
    let is_secret = |pair: &&str| {
        let mut read = form_urlencoded::parse(pair.as_bytes());
        read.next().is_some_and(|(name, _)| name == parameter)
    };
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_secret(pair)).collect();
    kept.join("&")
}
