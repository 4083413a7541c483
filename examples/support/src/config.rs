//! An example's settings, from the environment.

use std::env;
use std::fmt;
use std::net::SocketAddr;

use callhook::auth::{Hmac, Signed};
use callhook::source::{AllowList, Forwarding};
use callhook::{ConfigError, Endpoint, Provider};
use callhook_redis::RedisStore;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The settings.
pub struct Config {
    /// Where to listen. Port 0 is any that is free.
    pub listen: SocketAddr,
    proof: Proof,
    /// Shared by all endpoints, and by all processes with the same URL.
    store: Option<RedisStore>,
    allow: Option<String>,
    trusted_proxies: Option<String>,
}

/// How senders prove who they are.
enum Proof {
    Token(String),
    Hmac(String),
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    ///
    /// What is wrong with which variable, without its value where that is a secret.
    pub fn from_env() -> Result<Self, String> {
        let listen = match variable("LISTEN")?.filter(|listen| !listen.is_empty()) {
            Some(listen) => listen.parse().map_err(|_| {
                format!("LISTEN: {listen:?} is not an address such as 127.0.0.1:3000")
            })?,
            None => SocketAddr::from(([127, 0, 0, 1], 3000)),
        };
        let proof = match (
            variable("CALLHOOK_HMAC_SECRET")?,
            variable("CALLHOOK_TOKEN")?,
        ) {
            (Some(secret), _) => Proof::Hmac(secret),
            (None, Some(token)) => Proof::Token(token),
            (None, None) => Proof::Token(random_token()?),
        };
        // It connects when it is first needed: a server that is down is the endpoints' to cope with.
        let store = variable("CALLHOOK_REDIS_URL")?.map(|url| RedisStore::connect(&url));
        let store = store
            .transpose()
            .map_err(|error| format!("CALLHOOK_REDIS_URL: {error}"))?;
        Ok(Self {
            listen,
            proof,
            store,
            allow: variable("CALLHOOK_ALLOW")?,
            trusted_proxies: variable("CALLHOOK_TRUSTED_PROXIES")?,
        })
    }

    /// An endpoint for a provider, guarded as the environment says.
    ///
    /// # Errors
    ///
    /// Which variable is wrong, and how.
    pub fn endpoint<P: Provider>(&self, provider: P) -> Result<Endpoint<P::Event>, String>
    where
        P::Event: 'static,
    {
        // Where the URL says which event a message is, the signature has to cover it.
        let signed = if provider.event_location().is_some() {
            Signed::TargetAndBody
        } else {
            Signed::Content
        };
        let name = provider.name().to_owned();
        let mut builder = Endpoint::builder(provider);
        if let Some(store) = &self.store {
            builder = builder.name(name).replay_store(store.clone());
        }
        if let Some(networks) = &self.allow {
            let list = AllowList::new(networks.split(','));
            builder = builder.allow_list(list.map_err(|error| format!("CALLHOOK_ALLOW: {error}"))?);
        }
        if let Some(proxies) = &self.trusted_proxies {
            builder = builder.trusted_proxies(proxies.split(','), Forwarding::XForwardedFor);
        }
        let (builder, variable) = match &self.proof {
            Proof::Token(token) => (
                builder.query_token("token", token.as_str()),
                "CALLHOOK_TOKEN",
            ),
            Proof::Hmac(secret) => (
                builder.hmac(
                    Hmac::sha256(SIGNATURE, secret.as_str())
                        .prefix("sha256=")
                        .signed(signed),
                ),
                "CALLHOOK_HMAC_SECRET",
            ),
        };
        builder.build().map_err(|error| match error {
            ConfigError::InvalidNetwork { .. } | ConfigError::NoNetwork { .. } => {
                format!("CALLHOOK_TRUSTED_PROXIES: {error}")
            }
            error => format!("{variable}: {error}"),
        })
    }

    /// One line with a `curl` command to paste.
    #[must_use]
    pub fn greeting(&self, address: SocketAddr) -> String {
        let url = format!("http://{address}/webhooks/telecmi");
        let body = format!("-H 'content-type: application/json' -d '{SAMPLE}'");
        match &self.proof {
            Proof::Token(token) => {
                let token = utf8_percent_encode(token, NON_ALPHANUMERIC);
                format!("listening on http://{address}, try: curl -i '{url}?token={token}' {body}")
            }
            // The secret stays where it is; the shell that has it in its environment can sign.
            Proof::Hmac(_) => format!(
                "listening on http://{address}, try: curl -i '{url}' -H \"{SIGNATURE}: sha256=$(printf %s '{SAMPLE}' \
                 | openssl dgst -sha256 -hmac \"$CALLHOOK_HMAC_SECRET\" -r | cut -d' ' -f1)\" {body}"
            ),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

const SIGNATURE: &str = "callhook-signature";

/// An answered inbound call, as TeleCMI documents it.
const SAMPLE: &str = r#"{"type":"cdr","appid":2222223,"direction":"inbound","cmiuuid":"16132200-57fa-47b5-888d-4ab5b7e631ee","conversation_uuid":"16132200-57fa-47b5-888d-4ab5b7e631ee","status":"answered","user":"204_2222223","to":440000000001,"from":440000000002,"time":1634720920615,"answeredsec":11,"record":true,"filename":"1634720915260737218351_2222223.mp3"}"#;

/// A variable that is set. An empty one is set: an empty token must be refused, not replaced.
fn variable(name: &str) -> Result<Option<String>, String> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8")),
    }
}

fn random_token() -> Result<String, String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| format!("no random token: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
