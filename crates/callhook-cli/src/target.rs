//! Where messages are sent, and how: the arguments that `send`, `call` and `replay` share.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use callhook::auth::{Secrets, Signed, Signer};
use callhook::request::{Head, HeaderLines};
use callhook::testing::Sample;
use callhook::testing::calls::{Encoding, Platform};
use clap::Args;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::Error;
use crate::header::Header;
use crate::hex::hex;
use crate::http::{Client, Outgoing};
use crate::scheme::Preset;
use crate::seconds::seconds;
use crate::secret::Secret;
use crate::url::{Url, is_same_server};

#[derive(Debug, Args)]
#[command(next_help_heading = "Where to, and how")]
pub(crate) struct TargetArgs {
    /// The webhook's URL, such as http://127.0.0.1:3000/webhooks/telecmi
    #[arg(long, value_name = "URL")]
    to: Option<Url>,
    /// The endpoint's token, sent in the query. CALLHOOK_TOKEN is taken where neither this nor --sign is given
    #[arg(long, value_name = "TOKEN")]
    token: Option<Secret>,
    /// What the token's parameter in the query is called
    #[arg(long, value_name = "NAME", default_value = "token")]
    token_parameter: String,
    /// Sign each request
    #[arg(long, value_enum, value_name = "SCHEME")]
    sign: Option<Preset>,
    /// The environment variable that has the secret to sign with
    #[arg(long, value_name = "VARIABLE", default_value = "CALLHOOK_HMAC_SECRET")]
    secret_env: String,
    /// Add a header, such as 'authorization: Bearer ..'
    #[arg(long, short = 'H', value_name = "NAME: VALUE")]
    header: Vec<Header>,
    /// How many seconds an answer may take
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    timeout: Duration,
    /// Send a message that is answered 503 again, up to so many times (10 at most), after its Retry-After of 1 to 60
    /// seconds
    #[arg(long, value_name = "TIMES", num_args = 0..=1, default_value = "0", default_missing_value = "3",
          value_parser = clap::value_parser!(u32).range(0..=10))]
    retry: u32,
}

/// How messages that are made here are written.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Where to, and how")]
pub(crate) struct EncodingArgs {
    /// Send GET, with the fields in the query
    #[arg(long, conflicts_with = "form")]
    get: bool,
    /// Send a form instead of JSON
    #[arg(long)]
    form: bool,
}

/// Where messages go.
pub(crate) struct Target {
    /// With the token.
    webhook: String,
    base: Uri,
    headers: HeaderMap,
    signing: Option<Signing>,
    timeout: Duration,
    pub(crate) retries: u32,
}

struct Signing {
    preset: Preset,
    signer: Signer,
    /// For URLs that name the event.
    signer_of_target: Signer,
}

/// A request as it was received, to be sent again.
pub(crate) struct RawRequest<'a> {
    pub(crate) method: &'a str,
    /// Path and query.
    pub(crate) url: String,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) body: Vec<u8>,
}

impl EncodingArgs {
    pub(crate) fn encoding(self) -> Encoding {
        match (self.get, self.form) {
            (true, _) => Encoding::Get,
            (_, true) => Encoding::Form,
            _ => Encoding::Json,
        }
    }
}

impl TargetArgs {
    /// The platform that the URL's path names.
    pub(crate) fn platform(&self) -> Option<Platform> {
        let mut segments = self.to.as_ref()?.0.path().split('/');
        segments.find_map(|segment| segment.parse().ok())
    }

    pub(crate) fn target(&self) -> Result<Target, Error> {
        let Some(Url(base)) = self.to.clone() else {
            return Err(Error::new(
                "--to is missing: the webhook's URL, such as http://127.0.0.1:3000/webhooks/telecmi",
            ));
        };
        let token = match (&self.token, self.sign) {
            (Some(token), _) => Some(token.0.clone()),
            (None, Some(_)) => None,
            (None, None) => variable("CALLHOOK_TOKEN")?,
        };
        let mut webhook = base.to_string();
        let is_given = |query: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.any(|(name, _)| name == self.token_parameter.as_str())
        };
        match (token, base.query()) {
            // The URL's own one is what the user gave last.
            (_, Some(query)) if is_given(query) => {}
            (Some(token), query) => {
                webhook.push(if query.is_some() { '&' } else { '?' });
                webhook.push_str(&encoded(&self.token_parameter));
                webhook.push('=');
                webhook.push_str(&encoded(&token));
            }
            (None, _) => {}
        }
        let mut headers = HeaderMap::new();
        for Header(name, value) in &self.header {
            headers.append(name.clone(), value.clone());
        }
        Ok(Target {
            webhook,
            base,
            headers,
            signing: self.sign.map(|preset| self.signing(preset)).transpose()?,
            timeout: self.timeout,
            retries: self.retry,
        })
    }

    fn signing(&self, preset: Preset) -> Result<Signing, Error> {
        let name = &self.secret_env;
        let secret = variable(name)?.ok_or_else(|| {
            Error::new(format!(
                "--sign needs a secret: the environment variable {name} is not set (--secret-env names another)"
            ))
        })?;
        let signer = |names_event| {
            let secret = Secrets::new().secret("the secret", secret.clone().into_bytes());
            let (scheme, timestamp) = preset.scheme(None, secret)?;
            let scheme = match timestamp {
                Some(timestamp) => scheme.timestamp(timestamp),
                None => scheme,
            };
            let scheme = match preset {
                // callhook's own covers an event that the URL names.
                Preset::Callhook if names_event => scheme.signed(Signed::TargetAndBody),
                _ => scheme,
            };
            let signer = scheme.signer();
            signer.map_err(|error| Error::new(format!("{name}: {error}")))
        };
        Ok(Signing {
            preset,
            signer: signer(false)?,
            signer_of_target: signer(true)?,
        })
    }
}

impl Target {
    pub(crate) fn client(&self, connections: usize) -> Result<Client, Error> {
        Client::new(&self.base, connections, self.timeout)
    }

    /// The URL with the token: for what the platform knows as the webhook.
    pub(crate) fn webhook(&self) -> &str {
        &self.webhook
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.base
    }

    /// A message to this URL, which is the [webhook](Self::webhook) or what an answer gave.
    pub(crate) fn message(
        &self,
        url: &str,
        sample: &Sample,
        encoding: Encoding,
        event_name: Option<&str>,
    ) -> Result<Outgoing, Error> {
        let (query, body) = match encoding {
            Encoding::Json => (String::new(), sample.json()),
            Encoding::Get => (sample.query(), String::new()),
            _ => (String::new(), sample.query()),
        };
        let raw = RawRequest {
            method: encoding.method(),
            url: joined(url, event_name, &query),
            content_type: encoding.content_type(),
            body: body.into_bytes(),
        };
        self.outgoing(raw, event_name.is_some())
    }

    /// A request as it was received, to the webhook's server: with its own path, unless the URL has one.
    pub(crate) fn again(
        &self,
        saved: RawRequest<'_>,
        event_name: Option<&str>,
    ) -> Result<Outgoing, Error> {
        let (path, query) = saved.url.split_once('?').unwrap_or((&saved.url, ""));
        let url = if self.has_path() {
            joined(&self.webhook, event_name, query)
        } else {
            joined(&self.webhook, Some(path.trim_start_matches('/')), query)
        };
        self.outgoing(RawRequest { url, ..saved }, event_name.is_some())
    }

    /// How many times a message is sent at most, for a number of messages.
    pub(crate) fn times(&self, messages: usize) -> usize {
        let times = usize::try_from(self.retries).unwrap_or(usize::MAX);
        messages.saturating_mul(times.saturating_add(1))
    }

    /// Whether the URL says more than which server.
    pub(crate) fn has_path(&self) -> bool {
        !matches!(self.base.path(), "" | "/")
    }

    fn outgoing(&self, raw: RawRequest<'_>, names_event: bool) -> Result<Outgoing, Error> {
        let uri: Uri = raw
            .url
            .parse()
            .map_err(|error| Error::new(format!("the request's URL can't be sent: {error}")))?;
        let method = Method::from_bytes(raw.method.as_bytes())
            .map_err(|_| Error::new(format!("{:?} is not a method", raw.method)))?;
        // An answer may have given a URL elsewhere, which learns none of the secrets of this server.
        let is_own = is_same_server(&uri, &self.base);
        let mut headers = if is_own {
            self.headers.clone()
        } else {
            HeaderMap::new()
        };
        if let Some(content_type) = raw.content_type {
            let value = HeaderValue::from_str(content_type)
                .map_err(|_| Error::new("a saved content type can't be sent"))?;
            headers.entry(CONTENT_TYPE).or_insert(value);
        }
        if let (Some(signing), true) = (&self.signing, is_own) {
            signing.sign(&method, &uri, &mut headers, &raw.body, names_event)?;
        }
        Ok(Outgoing {
            method,
            uri,
            headers,
            body: Bytes::from(raw.body),
        })
    }
}

impl Signing {
    fn sign(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &mut HeaderMap,
        body: &[u8],
        names_event: bool,
    ) -> Result<(), Error> {
        // A message's id, which is signed too.
        if matches!(self.preset, Preset::StandardWebhooks) && !headers.contains_key(ID) {
            headers.insert(ID, random_id()?);
        }
        let lines = Lines(headers);
        let head = Head::new(method.as_str(), uri.path(), uri.query(), &lines);
        let signer = if names_event {
            &self.signer_of_target
        } else {
            &self.signer
        };
        let signed = signer.sign(&head, body, SystemTime::now());
        let signed = signed.map_err(|error| Error::new(format!("--sign: {error}")))?;
        for (name, value) in signed {
            let name: HeaderName = name.parse().map_err(Error::new)?;
            headers.insert(name, value.parse().map_err(Error::new)?);
        }
        Ok(())
    }
}

struct Lines<'a>(&'a HeaderMap);

impl HeaderLines for Lines<'_> {
    fn line(&self, name: &str, index: usize) -> Option<&[u8]> {
        let mut lines = self.0.get_all(name).iter();
        lines.nth(index).map(HeaderValue::as_bytes)
    }
}

/// A URL with this after its path, and with this after its query.
fn joined(url: &str, segment: Option<&str>, query: &str) -> String {
    let (path, own_query) = url.split_once('?').unwrap_or((url, ""));
    let mut joined = path.to_owned();
    if let Some(segment) = segment {
        joined.truncate(path.trim_end_matches('/').len());
        joined.push('/');
        joined.push_str(segment);
    }
    let queries = [own_query, query]
        .into_iter()
        .filter(|query| !query.is_empty());
    for (index, query) in queries.enumerate() {
        joined.push(if index == 0 { '?' } else { '&' });
        joined.push_str(query);
    }
    joined
}

const ID: &str = "webhook-id";

fn random_id() -> Result<HeaderValue, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(Error::new)?;
    format!("msg_{}", hex(&bytes)).parse().map_err(Error::new)
}

fn variable(name: &str) -> Result<Option<String>, Error> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(Error::new(format!("{name} is not UTF-8"))),
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
