//! HMAC-SHA256 over what was received, for senders that sign: a relay or gateway of your own.
//!
//! None of the three platforms signs its webhooks. Where something between them and this program does, it is configured
//! here: nothing is guessed from what a request brings along.
//!
//! 1. The signature's header must stand once. It may hold several signatures, separated by commas: one of them has to
//!    match, under one of the secrets.
//! 2. A signature is read strictly: the prefix, then exactly 64 hexadecimal digits in either case.
//! 3. What is signed is the bytes as received, before anything is taken out of the query or read from the body.
//! 4. A signature doesn't expire: a captured message passes again. Within the replay window it is answered as a replay;
//!    what replay protection doesn't cover, or no longer remembers, is handled again.
//! 5. The comparison takes the same time wherever a signature differs, and the expected one is never shown.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac as Mac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::{Refused, Secrets};
use crate::config::ConfigError;
use crate::request::Head;

/// How requests are signed.
///
/// ```
/// use callhook::auth::Hmac;
///
/// let hmac = Hmac::sha256("callhook-signature", "a secret that the relay knows").prefix("sha256=");
/// # let _ = hmac;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Hmac {
    header: String,
    prefix: String,
    signed: Signed,
    secrets: Secrets,
}

/// What a signature is made over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signed {
    /// The raw body of a POST, the raw query string of a GET. The default. It doesn't cover the URL of a POST: a signed
    /// body can be sent to another URL that takes the same secret.
    #[default]
    Content,
    /// `path?query` as on the request line (`path` alone where there is no query), a newline, and the raw body, which is
    /// empty for a GET.
    TargetAndBody,
}

impl Hmac {
    /// Signatures in this header, in hexadecimal, made with one of these secrets.
    pub fn sha256(header: impl AsRef<str>, secrets: impl Into<Secrets>) -> Self {
        Self {
            header: header.as_ref().to_ascii_lowercase(),
            prefix: String::new(),
            signed: Signed::default(),
            secrets: secrets.into(),
        }
    }

    /// What stands before each signature, such as `sha256=`. Nothing by default.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// What is signed. [`Signed::Content`] by default.
    pub fn signed(mut self, signed: Signed) -> Self {
        self.signed = signed;
        self
    }
}

/// A [`Hmac`] that was found sound, with its keys set up.
pub(crate) struct HmacGuard {
    scheme: Hmac,
    keys: Vec<(Arc<str>, Mac<Sha256>)>,
}

/// The signatures that a request presents, read and not yet verified.
pub(crate) struct Presented {
    signatures: Vec<[u8; 32]>,
    /// What is signed before the body.
    target: Option<String>,
}

impl HmacGuard {
    pub(crate) fn new(scheme: Hmac) -> Result<Self, ConfigError> {
        let guard = scheme.place();
        super::check_header_name(&scheme.header)?;
        scheme.secrets.validate(&guard)?;
        let keys = scheme
            .secrets
            .iter()
            .map(|(name, secret)| {
                // A key of any length makes an HMAC.
                Mac::<Sha256>::new_from_slice(secret)
                    .map(|key| (Arc::clone(name), key))
                    .map_err(|_| ConfigError::NoSecret {
                        guard: guard.clone(),
                    })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { scheme, keys })
    }

    pub(crate) fn duplicate_of(&self, other: &Self) -> Option<String> {
        (self.scheme.header == other.scheme.header).then(|| self.scheme.place())
    }

    /// Whether a signature covers the URL, and so which endpoint and event a message is for.
    pub(crate) fn signs_url(&self) -> bool {
        match self.scheme.signed {
            Signed::Content => false,
            Signed::TargetAndBody => true,
        }
    }

    /// Reads what the head presents, before the body is touched.
    pub(crate) fn present(&self, head: &Head<'_>) -> Result<Presented, Refused> {
        let line = head
            .single_line(&self.scheme.header)
            .map_err(|_| "the signature stands twice")?
            .ok_or("the signature is missing")?;
        let signatures = line
            .split(|byte| *byte == b',')
            .filter(|part| !part.trim_ascii().is_empty())
            .take(MAX_SIGNATURES + 1)
            .map(|part| {
                let hex = part
                    .trim_ascii()
                    .strip_prefix(self.scheme.prefix.as_bytes())?;
                decode_hex(hex)
            })
            .collect::<Option<Vec<_>>>()
            .ok_or("the signature can't be read")?;
        if signatures.is_empty() || signatures.len() > MAX_SIGNATURES {
            return Err("the signature can't be read");
        }
        let target = match self.scheme.signed {
            Signed::Content => None,
            Signed::TargetAndBody => Some(match head.query() {
                Some(query) => format!("{}?{query}\n", head.path()),
                None => format!("{}\n", head.path()),
            }),
        };
        Ok(Presented { signatures, target })
    }

    /// The name of the secret that one of the signatures was made with. `content` is a POST's body or a GET's query.
    pub(crate) fn verify(
        &self,
        presented: &Presented,
        content: &[u8],
        is_get: bool,
    ) -> Result<&Arc<str>, Refused> {
        for (name, key) in &self.keys {
            let mut mac = key.clone();
            match &presented.target {
                Some(target) => {
                    mac.update(target.as_bytes());
                    // The query is in the target already.
                    mac.update(if is_get { b"" } else { content });
                }
                None => mac.update(content),
            }
            for signature in &presented.signatures {
                if mac.clone().verify_slice(signature).is_ok() {
                    return Ok(name);
                }
            }
        }
        Err("the signature is wrong")
    }
}

impl Hmac {
    fn place(&self) -> String {
        format!("signature header {:?}", self.header)
    }
}

impl fmt::Debug for HmacGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scheme.fmt(f)
    }
}

/// Rotation needs two. Each costs a comparison for each secret.
const MAX_SIGNATURES: usize = 8;

fn decode_hex(hex: &[u8]) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = hex.try_into().ok()?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |index: usize| char::from(*pair.get(index)?).to_digit(16);
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "It's a Secret to Everybody";
    /// GitHub's documented example: this secret over `Hello, World!`.
    const KNOWN: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    struct Headers<'a>(&'a [&'a str]);

    impl crate::request::HeaderLines for Headers<'_> {
        fn line(&self, name: &str, index: usize) -> Option<&[u8]> {
            assert_eq!(name, "x-hub-signature-256");
            self.0.get(index).map(|line| line.as_bytes())
        }
    }

    fn check(lines: &[&str], body: &[u8]) -> Result<(), Refused> {
        let scheme = Hmac::sha256("X-Hub-Signature-256", ["another secret, too", SECRET]);
        let guard = HmacGuard::new(scheme.prefix("sha256=")).expect("sound");
        let headers = Headers(lines);
        let presented = guard.present(&Head::new("POST", "/", None, &headers))?;
        guard
            .verify(&presented, body, false)
            .map(|name| assert_eq!(&**name, "2"))
    }

    #[test]
    fn githubs_published_signature_verifies_in_either_case_and_among_others() {
        let known = format!("sha256={KNOWN}");
        assert_eq!(check(&[&known], b"Hello, World!"), Ok(()));
        let upper = format!("sha256={}", KNOWN.to_ascii_uppercase());
        assert_eq!(check(&[&upper], b"Hello, World!"), Ok(()));
        let two = format!("sha256={}, {known}", "00".repeat(32));
        assert_eq!(check(&[&two], b"Hello, World!"), Ok(()));
    }

    #[test]
    fn anything_but_the_right_signature_over_these_bytes_is_refused() {
        let known = format!("sha256={KNOWN}");
        assert_eq!(
            check(&[&known], b"Hello, World"),
            Err("the signature is wrong")
        );
        assert_eq!(check(&[], b""), Err("the signature is missing"));
        assert_eq!(
            check(&[&known, &known], b"Hello, World!"),
            Err("the signature stands twice")
        );
        for unread in [
            "",
            ",",
            KNOWN,
            "sha256=",
            &known[..known.len() - 1],
            &format!("{known}0"),
            &format!("{known}, sha256=zz"),
            &format!("sha256=+{}", &KNOWN[1..]),
            &[known.as_str(); 9].join(","),
        ] {
            assert_eq!(
                check(&[unread], b"Hello, World!"),
                Err("the signature can't be read"),
                "{unread}"
            );
        }
    }
}
