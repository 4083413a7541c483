//! How requests are signed: a preset, and what differs from it.

use std::path::PathBuf;
use std::time::Duration;

use callhook::auth::{Encoding, HmacScheme, Piece, Secrets, SignatureTimestamp, Signed};
use clap::{Args, ValueEnum};

use crate::error::Error;
use crate::input;
use crate::out;
use crate::secret::Secret;

#[derive(Debug, Args)]
#[command(next_help_heading = "How it is signed")]
pub(crate) struct SchemeArgs {
    /// A known scheme
    #[arg(long, value_enum, default_value_t = Preset::Callhook)]
    scheme: Preset,

    /// Another header than the scheme's for the signature
    #[arg(long, value_name = "NAME")]
    signature_header: Option<String>,

    /// Another text before each signature
    #[arg(long, value_name = "TEXT")]
    prefix: Option<String>,

    /// How a signature is written
    #[arg(long, value_enum)]
    encoding: Option<EncodingName>,

    /// What is signed
    #[arg(long, value_enum)]
    signed: Option<SignedName>,

    /// The header with the time of signing, for `timestamp-and-content`
    #[arg(long, value_name = "NAME", conflicts_with = "timestamp_entry")]
    timestamp_header: Option<String>,

    /// What the time of signing begins with in the signature's own header, such as `t=`
    #[arg(long, value_name = "TEXT")]
    timestamp_entry: Option<String>,

    /// How far the time of signing may be from now
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    tolerance: u32,

    /// The environment variable that has the secret
    #[arg(long, value_name = "VARIABLE", default_value = "CALLHOOK_HMAC_SECRET")]
    secret_env: String,

    /// The file that has the secret; an end of line after it is not part of it
    #[arg(long, value_name = "FILE", conflicts_with = "secret")]
    secret_file: Option<PathBuf>,

    /// The secret itself, for a try: other users of this machine can see it
    #[arg(long, value_name = "SECRET")]
    secret: Option<Secret>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Preset {
    /// callhook-signature, as callhook's examples verify it
    Callhook,
    /// x-hub-signature-256, as GitHub signs
    Github,
    /// webhook-signature, of Standard Webhooks: the request has a header webhook-id
    StandardWebhooks,
    /// stripe-signature, as Stripe signs
    Stripe,
    /// x-slack-signature, as Slack signs
    Slack,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EncodingName {
    Hex,
    Base64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SignedName {
    /// The body, or the query of a GET
    Content,
    /// The path and the query, a line break, and the body
    TargetAndBody,
    /// The time of signing, a full stop, and the body or the query of a GET
    TimestampAndContent,
}

/// Of a secret in a file.
const MAX_SECRET_BYTES: usize = 64 * 1024;

impl SchemeArgs {
    /// The scheme with its secret.
    ///
    /// # Errors
    ///
    /// When there is no secret.
    pub(crate) fn scheme(&self) -> Result<HmacScheme, Error> {
        let secret = Secrets::new().secret("the secret", self.secret()?);
        let header = self.signature_header.as_deref();
        let (mut scheme, timestamp) = self.scheme.scheme(header, secret)?;
        if let Some(prefix) = &self.prefix {
            scheme = scheme.prefix(prefix);
        }
        match self.encoding {
            Some(EncodingName::Hex) => scheme = scheme.encoding(Encoding::Hex),
            Some(EncodingName::Base64) => scheme = scheme.encoding(Encoding::Base64),
            None => {}
        }
        scheme = match self.signed {
            Some(SignedName::Content) => scheme.signed(Signed::Content),
            Some(SignedName::TargetAndBody) => scheme.signed(Signed::TargetAndBody),
            Some(SignedName::TimestampAndContent) => scheme.signed(Signed::TimestampAndContent),
            None => scheme,
        };
        let own = match (&self.timestamp_header, &self.timestamp_entry) {
            (Some(header), _) => Some(SignatureTimestamp::header(header)),
            (None, Some(entry)) => Some(SignatureTimestamp::entry(entry)),
            (None, None) => None,
        };
        let tolerance = Duration::from_secs(self.tolerance.into());
        Ok(match own.or(timestamp) {
            Some(timestamp) => scheme.timestamp(timestamp.tolerance(tolerance)),
            None => scheme,
        })
    }

    fn secret(&self) -> Result<Vec<u8>, Error> {
        if let Some(Secret(secret)) = &self.secret {
            out::note(
                "callhook: other users of this machine can see what --secret says; --secret-env and --secret-file don't show it",
            );
            return Ok(secret.clone().into_bytes());
        }
        if let Some(file) = &self.secret_file {
            let mut secret = input::read_all(Some(file), MAX_SECRET_BYTES)?;
            while secret.ends_with(b"\n") || secret.ends_with(b"\r") {
                secret.pop();
            }
            return Ok(secret);
        }
        let name = &self.secret_env;
        match std::env::var(name) {
            Ok(secret) => Ok(secret.into_bytes()),
            Err(_) => Err(Error::new(format_args!(
                "there is no secret: the environment variable {name} is not set, or is not UTF-8 (--secret-env names another one, \
                 --secret-file a file)"
            ))),
        }
    }
}

impl Preset {
    /// The scheme with its secret, and where its time of signing is.
    ///
    /// # Errors
    ///
    /// When the scheme's header can't be another one.
    pub(crate) fn scheme(
        self,
        own: Option<&str>,
        secret: Secrets,
    ) -> Result<(HmacScheme, Option<SignatureTimestamp>), Error> {
        let header = |header| own.unwrap_or(header);
        Ok(match self {
            Preset::Callhook => {
                let scheme = HmacScheme::sha256(header("callhook-signature"), secret);
                (scheme.prefix("sha256="), None)
            }
            Preset::Github => {
                let scheme = HmacScheme::sha256(header("x-hub-signature-256"), secret);
                (scheme.prefix("sha256="), None)
            }
            Preset::StandardWebhooks => {
                if own.is_some() {
                    let text = "--signature-header can't be given with --scheme standard-webhooks, whose header is fixed";
                    return Err(Error::new(text));
                }
                let timestamp = SignatureTimestamp::header("webhook-timestamp");
                (HmacScheme::standard_webhooks(secret), Some(timestamp))
            }
            Preset::Stripe => {
                let scheme = HmacScheme::sha256(header("stripe-signature"), secret)
                    .prefix("v1=")
                    .signed(Signed::TimestampAndContent);
                (scheme, Some(SignatureTimestamp::entry("t=")))
            }
            Preset::Slack => {
                let pieces = vec![
                    Piece::text("v0:"),
                    Piece::Timestamp,
                    Piece::text(":"),
                    Piece::Content,
                ];
                let scheme = HmacScheme::sha256(header("x-slack-signature"), secret)
                    .prefix("v0=")
                    .signed(Signed::Pieces(pieces));
                let timestamp = SignatureTimestamp::header("x-slack-request-timestamp");
                (scheme, Some(timestamp))
            }
        })
    }
}
