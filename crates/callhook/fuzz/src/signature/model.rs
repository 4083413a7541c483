//! Verification, without regard to time or hurry.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callhook::auth::Piece;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::scheme::{Place, Scheme};

/// A request.
#[derive(Clone)]
pub(crate) struct Request<'a> {
    pub(super) is_get: bool,
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) body: &'a [u8],
    pub(super) lines: Vec<(String, Vec<u8>)>,
}

impl Request<'_> {
    /// Replaces the input's placeholders with what is right.
    pub(super) fn put_signatures(&mut self, scheme: &Scheme, now: i64) {
        let time = now.to_string();
        for (_, value) in &mut self.lines {
            *value = replaced(value, 4, time.as_bytes());
        }
        let signed = self
            .timestamp(scheme)
            .and_then(|time| self.signed(scheme, &time));
        let signed = signed.unwrap_or_default();
        let [first, second] = scheme
            .keys
            .each_ref()
            .map(|key| encoded(scheme, &mac(key, &signed)));
        for (_, value) in &mut self.lines {
            *value = replaced(value, 1, first.as_bytes());
            *value = replaced(value, 2, second.as_bytes());
            *value = replaced(value, 3, first.to_ascii_uppercase().as_bytes());
        }
    }

    /// Whether it is to pass.
    pub(super) fn is_right(&self, scheme: &Scheme, now: i64) -> bool {
        self.check(scheme, now).unwrap_or(false)
    }

    fn check(&self, scheme: &Scheme, now: i64) -> Option<bool> {
        let presented = self.signatures(scheme)?;
        let time = self.timestamp(scheme)?;
        if let Some((_, tolerance)) = &scheme.timestamp {
            if time.is_empty() || !time.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let seconds: i128 = time.parse::<u64>().ok()?.into();
            let apart = (i128::from(now) - seconds).unsigned_abs();
            if now < 0 || apart > u128::from(*tolerance) {
                return None;
            }
        }
        let signed = self.signed(scheme, &time)?;
        let right = scheme.keys.each_ref().map(|key| mac(key, &signed));
        Some(presented.iter().any(|signature| right.contains(signature)))
    }

    fn only(&self, name: &str) -> Option<&[u8]> {
        let mut lines = self.lines.iter().filter(|(other, _)| other == name);
        match (lines.next(), lines.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    fn entries(&self, scheme: &Scheme) -> Option<Vec<String>> {
        let text = std::str::from_utf8(self.only(&scheme.header)?).ok()?;
        let entries = text.split(scheme.separator);
        let entries =
            entries.map(|entry| entry.trim_matches(|char: char| char.is_ascii_whitespace()));
        Some(
            entries
                .filter(|entry| !entry.is_empty())
                .map(str::to_owned)
                .collect(),
        )
    }

    /// One to eight, all of them readable.
    fn signatures(&self, scheme: &Scheme) -> Option<Vec<Vec<u8>>> {
        let entries = self.entries(scheme)?;
        let texts = entries
            .iter()
            .filter_map(|entry| entry.strip_prefix(&scheme.prefix));
        let decoded: Option<Vec<_>> = texts.map(|text| decoded(scheme, text)).collect();
        decoded.filter(|all| (1..=8).contains(&all.len()))
    }

    /// As sent; nothing where there is none in the scheme.
    fn timestamp(&self, scheme: &Scheme) -> Option<String> {
        match &scheme.timestamp {
            None => Some(String::new()),
            Some((Place::Header(name), _)) => String::from_utf8(self.only(name)?.to_vec()).ok(),
            Some((Place::Entry(prefix), _)) => {
                let entries = self.entries(scheme)?;
                let times: Vec<_> = entries
                    .iter()
                    .filter_map(|entry| entry.strip_prefix(prefix))
                    .collect();
                match *times {
                    [only] => Some(only.to_owned()),
                    _ => None,
                }
            }
        }
    }

    fn signed(&self, scheme: &Scheme, time: &str) -> Option<Vec<u8>> {
        let mut signed = Vec::new();
        for (index, piece) in scheme.pieces.iter().enumerate() {
            match piece {
                Piece::Text(text) => signed.extend_from_slice(text.as_bytes()),
                Piece::Timestamp => signed.extend_from_slice(time.as_bytes()),
                Piece::Header(name) => {
                    let value = self.only(name)?;
                    let Some(Piece::Text(end)) = scheme.pieces.get(index + 1) else {
                        panic!("a header without an end");
                    };
                    // The end has to be found where it is, and not before.
                    let with_end = [value, end.as_bytes()].concat();
                    let is_here = |at: &usize| with_end[*at..].starts_with(end.as_bytes());
                    if (0..with_end.len()).find(is_here) != Some(value.len()) {
                        return None;
                    }
                    signed.extend_from_slice(value);
                }
                Piece::Target => {
                    signed.extend_from_slice(self.path.as_bytes());
                    if let Some(query) = self.query {
                        signed.extend_from_slice(format!("?{query}").as_bytes());
                    }
                }
                Piece::Content if self.is_get => {
                    signed.extend_from_slice(self.query.unwrap_or_default().as_bytes());
                }
                Piece::Content | Piece::Body => signed.extend_from_slice(self.body),
                other => panic!("{other:?}"),
            }
        }
        Some(signed)
    }
}

fn mac(key: &[u8], signed: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    mac.chain_update(signed).finalize().into_bytes().to_vec()
}

fn encoded(scheme: &Scheme, mac: &[u8]) -> String {
    if scheme.is_base64 {
        STANDARD.encode(mac)
    } else {
        mac.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn decoded(scheme: &Scheme, text: &str) -> Option<Vec<u8>> {
    if scheme.is_base64 {
        return STANDARD.decode(text).ok().filter(|bytes| bytes.len() == 32);
    }
    let is_hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let byte = |at: usize| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("two digits");
    is_hex.then(|| (0..32).map(byte).collect())
}

fn replaced(value: &[u8], marker: u8, by: &[u8]) -> Vec<u8> {
    value
        .split(|byte| *byte == marker)
        .collect::<Vec<_>>()
        .join(by)
}
