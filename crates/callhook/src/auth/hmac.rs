//! HMAC-SHA256 over what was received, for senders that sign: a relay or gateway of your own.
//!
//! None of the three platforms signs its webhooks. Where something between them and this program does, it is configured
//! here: nothing is guessed from the request.
//!
//! 1. The signature's header must be given once. It may hold several signatures: one of them has to match, under one of
//!    the secrets. Entries that don't begin with the [prefix](HmacScheme::prefix) are another scheme's, and skipped.
//! 2. A signature is read strictly: the prefix, then 64 hexadecimal digits in either case, or base64 with its padding.
//!    One that can't be read refuses the request, whatever is beside it.
//! 3. What is signed is the bytes as received, before anything is taken out of the query or read from the body.
//! 4. With a [timestamp](HmacScheme::timestamp), a signature expires: the time must be given once, in whole seconds
//!    since 1970, and be within the tolerance of this program's clock, to either side. Without one, a captured message
//!    passes again: within the replay window it is answered as a replay; what replay protection doesn't cover, or no
//!    longer remembers, is handled again.
//! 5. The comparison takes the same time wherever a signature differs, and the expected one is never shown.
//!
//! | scheme | configuration |
//! |---|---|
//! | callhook's examples | `HmacScheme::sha256("callhook-signature", secret).prefix("sha256=")` |
//! | [GitHub](https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries) | `HmacScheme::sha256("x-hub-signature-256", secret).prefix("sha256=")` |
//! | [Standard Webhooks](https://www.standardwebhooks.com) | [`HmacScheme::standard_webhooks`]`(secret)` |
//! | [Stripe](https://docs.stripe.com/webhooks#verify-manually) | `HmacScheme::sha256("stripe-signature", secret).prefix("v1=").timestamp(SignatureTimestamp::entry("t=")).signed(Signed::TimestampAndContent)` |
//! | [Slack](https://docs.slack.dev/authentication/verifying-requests-from-slack) | `HmacScheme::sha256("x-slack-signature", secret).prefix("v0=").timestamp(SignatureTimestamp::header("x-slack-request-timestamp"))`, and [`Signed::Pieces`] of `v0:`, the timestamp, `:` and the content |

mod guard;
mod keys;
mod signed;
mod signer;
#[cfg(test)]
mod tests;

use std::time::Duration;

use super::Secrets;

pub(crate) use self::guard::{HmacGuard, Presented};
pub(crate) use self::keys::Keys;
pub use self::signed::{Piece, Signed};
pub use self::signer::{SignError, Signer};

/// How requests are signed.
///
/// ```
/// use callhook::auth::HmacScheme;
///
/// let hmac = HmacScheme::sha256("callhook-signature", "a secret that the relay knows").prefix("sha256=");
/// # let _ = hmac;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct HmacScheme {
    header: String,
    separator: char,
    prefix: String,
    encoding: Encoding,
    timestamp: Option<SignatureTimestamp>,
    signed: Signed,
    secrets: Secrets,
    key_format: KeyFormat,
}

/// How a signature's bytes are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// 64 hexadecimal digits, in either case.
    #[default]
    Hex,
    /// Base64 of the standard alphabet, with its padding.
    Base64,
}

/// Where a request says when it was signed, and how long that is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct SignatureTimestamp {
    source: TimestampSource,
    tolerance: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum TimestampSource {
    /// A header of its own, by its name in lower case.
    Header(String),
    /// An entry of the signature's header, by its prefix.
    Entry(String),
}

/// How a secret's text becomes a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyFormat {
    /// Its bytes.
    Bytes,
    /// Base64 after `whsec_`.
    StandardWebhooks,
}

impl HmacScheme {
    /// Signatures in this header, in hexadecimal and separated by commas, made with one of these secrets.
    pub fn sha256(header: impl Into<String>, secrets: impl Into<Secrets>) -> Self {
        Self {
            header: header.into().to_ascii_lowercase(),
            separator: ',',
            prefix: String::new(),
            encoding: Encoding::default(),
            timestamp: None,
            signed: Signed::default(),
            secrets: secrets.into(),
            key_format: KeyFormat::Bytes,
        }
    }

    /// The symmetric scheme of [Standard Webhooks](https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp` with
    /// a tolerance of five minutes, and `webhook-signature` with entries such as `v1,K5oZf..`. Secrets are written
    /// `whsec_` and base64, according to the specification; without `whsec_` they are base64 too.
    pub fn standard_webhooks(secrets: impl Into<Secrets>) -> Self {
        Self {
            key_format: KeyFormat::StandardWebhooks,
            ..Self::sha256("webhook-signature", secrets)
                .separated_by(' ')
                .prefix("v1,")
                .encoding(Encoding::Base64)
                .timestamp(SignatureTimestamp::header("webhook-timestamp"))
                .signed(Signed::Pieces(vec![
                    Piece::header("webhook-id"),
                    Piece::text("."),
                    Piece::Timestamp,
                    Piece::text("."),
                    Piece::Content,
                ]))
        }
    }

    /// The text before each signature, such as `sha256=`. Nothing by default. White space around a header's entries is
    /// not part of them, so a prefix that begins with white space doesn't build.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// The separator of the signatures in one header. A comma by default. White space around entries is not part of
    /// them.
    pub fn separated_by(mut self, separator: char) -> Self {
        self.separator = separator;
        self
    }

    /// How a signature is written. [`Encoding::Hex`] by default.
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// Requires that a request says when it was signed. It has to be part of what is [signed](Self::signed).
    pub fn timestamp(mut self, timestamp: SignatureTimestamp) -> Self {
        self.timestamp = Some(timestamp);
        self
    }

    /// What is signed. [`Signed::Content`] by default.
    pub fn signed(mut self, signed: Signed) -> Self {
        self.signed = signed;
        self
    }

    fn place(&self) -> String {
        format!("signature header {:?}", self.header)
    }
}

impl SignatureTimestamp {
    /// A header of its own, such as `webhook-timestamp`.
    pub fn header(name: impl Into<String>) -> Self {
        Self::of(TimestampSource::Header(name.into().to_ascii_lowercase()))
    }

    /// An entry of the signature's header that begins with this text: `t=` at Stripe. As a
    /// [prefix](HmacScheme::prefix), it begins with no white space.
    pub fn entry(prefix: impl Into<String>) -> Self {
        Self::of(TimestampSource::Entry(prefix.into()))
    }

    /// How far the time may be from this program's clock, to either side, in whole seconds. Five minutes by default, as
    /// Standard Webhooks and Stripe recommend: clocks drift, and a relay's queue takes its time.
    ///
    /// A signature has to be stale before its message is forgotten: an endpoint doesn't build whose
    /// [replay window](crate::EndpointBuilder::replay_window), or whose window for
    /// [live events](crate::EndpointBuilder::live_replay_window), is shorter than twice the tolerance and a second.
    ///
    /// A message that waits longer somewhere, or is sent again with its first signature, is refused. Let the relay sign
    /// again each time it sends.
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    fn of(source: TimestampSource) -> Self {
        Self {
            source,
            tolerance: Duration::from_secs(5 * 60),
        }
    }
}
