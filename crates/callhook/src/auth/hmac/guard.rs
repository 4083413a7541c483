//! Verifies and makes signatures by a scheme that was validated.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64ct::{Base64, Encoding as _};
use hmac::{Hmac as Mac, Mac as _};
use sha2::Sha256;

use super::{Encoding, HmacScheme, Keys, Piece, TimestampSource};
use crate::auth::{GuardName, Refused, hex};
use crate::error::ConfigError;
use crate::request::{Content, Head, Location};

/// A checked [`HmacScheme`], with its keys set up.
pub(crate) struct HmacGuard {
    name: GuardName,
    scheme: HmacScheme,
    /// What is signed before the content.
    before: Vec<Piece>,
    ends_with: End,
    /// None where they are the tenant's.
    keys: Keys,
}

/// What is signed last.
#[derive(Clone, Copy, Debug)]
enum End {
    Content,
    Body,
}

/// The signatures that a request presents, read and not yet verified.
pub(crate) struct Presented {
    signatures: Vec<[u8; 32]>,
    before: Vec<u8>,
    tenant_keys: Option<Keys>,
}

impl HmacGuard {
    pub(crate) fn new(scheme: HmacScheme) -> Result<Self, ConfigError> {
        scheme.validate()?;
        scheme.secrets.validate(&scheme.place())?;
        let mut before = scheme.signed.pieces();
        let ends_with = match before.pop() {
            Some(Piece::Body) => End::Body,
            _ => End::Content,
        };
        Ok(Self {
            name: GuardName::hmac(scheme.place(), &scheme.header),
            keys: scheme.keys(&scheme.secrets)?,
            before,
            ends_with,
            scheme,
        })
    }

    pub(crate) fn name(&self) -> &GuardName {
        &self.name
    }

    pub(crate) fn location(&self) -> Location {
        Location::header(self.scheme.header.clone())
    }

    pub(crate) fn is_of_tenant(&self) -> bool {
        self.scheme.secrets.is_of_tenant()
    }

    /// For how long a signature passes, at most: one that is of the future, until it is stale. Times are compared in
    /// whole seconds, so the last of them passes to its end.
    pub(crate) fn lifetime(&self) -> Option<Duration> {
        let timestamp = self.scheme.timestamp.as_ref()?;
        let tolerance = Duration::from_secs(timestamp.tolerance.as_secs());
        let both = tolerance.saturating_mul(2);
        Some(both.saturating_add(Duration::from_secs(1)))
    }

    /// Whether a signature covers what the content type says of a body.
    pub(crate) fn signs_content_type(&self) -> bool {
        let is_content_type =
            |piece: &Piece| matches!(piece, Piece::Header(name) if name == "content-type");
        self.before.iter().any(is_content_type)
    }

    /// Whether a signature covers a body whatever the method is. The content of a GET is its query.
    pub(crate) fn signs_any_body(&self) -> bool {
        matches!(self.ends_with, End::Body)
    }

    /// Whether a signature covers the URL, and so which endpoint and event a message is for.
    pub(crate) fn signs_url(&self) -> bool {
        self.before.contains(&Piece::Target)
    }

    /// Reads what the head presents, before the body is touched.
    pub(crate) fn present(
        &self,
        head: &Head<'_>,
        now: SystemTime,
        tenant_keys: Option<Keys>,
    ) -> Result<Presented, Refused> {
        let line = head
            .single_line(&self.scheme.header)
            .map_err(|_| "the signature is given more than once")?
            .ok_or("the signature is missing")?;
        // A header that is not text holds no signature.
        let line = std::str::from_utf8(line).map_err(|_| UNREADABLE)?;
        let timestamp = self.timestamp(head, line)?;
        if let Some(timestamp) = timestamp {
            self.check_time(timestamp, now)?;
        }
        Ok(Presented {
            signatures: self.signatures(line)?,
            before: self.before(head, timestamp.unwrap_or_default())?,
            tenant_keys,
        })
    }

    /// The name of the secret that one of the signatures was made with.
    pub(crate) fn verify<'a>(
        &'a self,
        presented: &'a Presented,
        content: Content<'_>,
    ) -> Result<&'a Arc<str>, Refused> {
        let keys = presented.tenant_keys.as_ref().unwrap_or(&self.keys);
        for (name, key) in &keys.0 {
            let mac = self.mac(key, &presented.before, content);
            for signature in &presented.signatures {
                if mac.clone().verify_slice(signature).is_ok() {
                    return Ok(name);
                }
            }
        }
        Err("the signature is wrong".into())
    }

    /// What is signed of a request besides the pieces that come first: the body of a POST. Of a GET it is the query, or
    /// the body where the scheme ends with that, and there is one.
    pub(crate) fn content<'c>(&self, is_post: bool, query: &'c str, body: &'c [u8]) -> Content<'c> {
        if is_post || (self.signs_any_body() && !body.is_empty()) {
            Content::Body(body)
        } else {
            Content::Query(query)
        }
    }

    /// The signatures over a request, one with each secret, as they are written in the header.
    pub(super) fn sign(&self, before: &[u8], content: Content<'_>) -> impl Iterator<Item = String> {
        self.keys.0.iter().map(move |(_, key)| {
            let mac = self.mac(key, before, content);
            let bytes = mac.finalize().into_bytes();
            let signature = match self.scheme.encoding {
                Encoding::Hex => hex::encode(&bytes),
                Encoding::Base64 => Base64::encode_string(&bytes),
            };
            format!("{}{signature}", self.scheme.prefix)
        })
    }

    pub(super) fn scheme(&self) -> &HmacScheme {
        &self.scheme
    }

    fn mac(&self, key: &Mac<Sha256>, before: &[u8], content: Content<'_>) -> Mac<Sha256> {
        let mut mac = key.clone();
        mac.update(before);
        match (self.ends_with, content) {
            // The target has it already.
            (End::Body, Content::Query(_)) => {}
            (End::Body | End::Content, content) => mac.update(content.as_bytes()),
        }
        mac
    }

    /// The time as sent.
    fn timestamp<'h>(&self, head: &Head<'h>, line: &'h str) -> Result<Option<&'h str>, Refused> {
        let Some(timestamp) = &self.scheme.timestamp else {
            return Ok(None);
        };
        let text = match &timestamp.source {
            TimestampSource::Header(name) => head
                .single_line(name)
                .map_err(|_| "the timestamp is given more than once")?
                .map(|line| std::str::from_utf8(line).map_err(|_| "the timestamp can't be read"))
                .transpose()?,
            TimestampSource::Entry(prefix) => {
                let mut times = self
                    .entries(line)
                    .filter_map(|entry| entry.strip_prefix(&**prefix));
                let first = times.next();
                if times.next().is_some() {
                    return Err("the timestamp is given more than once".into());
                }
                first
            }
        };
        Ok(Some(text.ok_or("the timestamp is missing")?))
    }

    fn check_time(&self, timestamp: &str, now: SystemTime) -> Result<(), Refused> {
        let Some(configured) = &self.scheme.timestamp else {
            return Ok(());
        };
        // `parse` would take a sign too.
        let is_digits = timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let seconds: u64 = timestamp
            .parse()
            .ok()
            .filter(|_| is_digits)
            .ok_or("the timestamp can't be read")?;
        let now = now
            .duration_since(UNIX_EPOCH)
            .map_err(|_| "this program's clock is before 1970")?;
        let off = now.as_secs().abs_diff(seconds);
        let tolerance = configured.tolerance.as_secs();
        if off > tolerance {
            return Err(Refused::Time {
                is_ahead: seconds > now.as_secs(),
                seconds: off,
                tolerance,
            });
        }
        Ok(())
    }

    fn entries<'h>(&self, line: &'h str) -> impl Iterator<Item = &'h str> {
        line.split(self.scheme.separator)
            .map(str::trim_ascii)
            .filter(|entry| !entry.is_empty())
    }

    fn signatures(&self, line: &str) -> Result<Vec<[u8; 32]>, Refused> {
        let signatures = self
            .entries(line)
            .filter_map(|entry| entry.strip_prefix(&*self.scheme.prefix))
            .take(MAX_SIGNATURES + 1)
            .map(|text| self.scheme.encoding.decode(text))
            .collect::<Option<Vec<_>>>()
            .ok_or(UNREADABLE)?;
        if signatures.is_empty() || signatures.len() > MAX_SIGNATURES {
            return Err(UNREADABLE);
        }
        Ok(signatures)
    }

    /// What is signed before the content.
    pub(super) fn before(&self, head: &Head<'_>, timestamp: &str) -> Result<Vec<u8>, Refused> {
        let mut bytes = Vec::new();
        for (index, piece) in self.before.iter().enumerate() {
            match piece {
                Piece::Text(text) => bytes.extend_from_slice(text.as_bytes()),
                Piece::Timestamp => bytes.extend_from_slice(timestamp.as_bytes()),
                Piece::Target => {
                    bytes.extend_from_slice(head.path().as_bytes());
                    if let Some(query) = head.query() {
                        bytes.push(b'?');
                        bytes.extend_from_slice(query.as_bytes());
                    }
                }
                Piece::Header(name) => {
                    let refused = |problem| Refused::Header {
                        name: (&**name).into(),
                        problem,
                    };
                    let value = head
                        .single_line(name)
                        .map_err(|_| refused("is given more than once"))?
                        .ok_or_else(|| refused("is missing"))?;
                    if let Some(Piece::Text(end)) = self.before.get(index + 1)
                        && !is_ended_by(value, end.as_bytes())
                    {
                        return Err(refused(
                            "contains the text that comes after it in what is signed",
                        ));
                    }
                    bytes.extend_from_slice(value);
                }
                // They come last, which is not here.
                Piece::Content | Piece::Body => {}
            }
        }
        Ok(bytes)
    }
}

impl Encoding {
    fn decode(self, text: &str) -> Option<[u8; 32]> {
        match self {
            Self::Hex => hex::decode(text.as_bytes()),
            Self::Base64 => {
                let mut bytes = [0; 32];
                // Refuses what isn't the one way to write these bytes, and what doesn't fit.
                let decoded = Base64::decode(text, &mut bytes).ok()?;
                (decoded.len() == 32).then_some(bytes)
            }
        }
    }
}

impl fmt::Debug for HmacGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scheme.fmt(f)
    }
}

/// Whether a value with this end behind it can be read in one way only: the end must not begin within the value, not
/// even to end behind it.
fn is_ended_by(value: &[u8], end: &[u8]) -> bool {
    let whole = [value, end].concat();
    let first = whole
        .windows(end.len().max(1))
        .position(|window| window == end);
    first == Some(value.len())
}

const UNREADABLE: Refused = Refused::Text("the signature can't be read");

/// Rotation needs two. Each costs a comparison for each secret.
const MAX_SIGNATURES: usize = 8;
