//! An example's settings, from the environment.

use std::env;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use callhook::auth::{HmacScheme, Signed};
use callhook::source::{AllowList, Forwarding};
use callhook::{ConfigError, Endpoint, EndpointBuilder, Provider};
use callhook_redis::RedisStore;
use example_board_page::{Board, Private};

use super::agent::{self, Agent};
use super::database::{Database, DatabaseUrl};
use super::ivr::{Ivr, IvrEvent};
use super::not_understood::NotUnderstood;
use super::public_url::{self, is_unreserved, percent_encoded};

/// The settings, each with its variable:
///
/// - `LISTEN`: where webhooks are received, 127.0.0.1:3000 by default.
/// - `LISTEN_PRIVATE`: where what came is shown, 127.0.0.1:3001 by default. Where it is empty, nothing is shown.
/// - `LISTEN_PRIVATE_HOSTS`: names and addresses without ports, separated by commas, that it may be asked for by
///   besides this machine's own: [`Private`] has the rules.
/// - `CALLHOOK_TOKEN`: what senders have as `?token=` in their URL, 16 bytes at least. By default it is generated.
/// - `CALLHOOK_HMAC_SECRET`: signatures are asked for instead of the token.
/// - `CALLHOOK_ALLOW`, `CALLHOOK_TRUSTED_PROXIES`: networks, separated by commas.
/// - `CALLHOOK_AGENT`: whom callers are connected to, by id and phone number. 101_1111112=919000000001 by default, whom
///   nobody has.
/// - `CALLHOOK_PUBLIC_URL`: what the platforms reach this by, such as `https://your.app`. By default it is what `LISTEN` is.
/// - `CALLHOOK_REDIS_URL`: where handled messages are remembered. By default, in memory.
/// - `CALLHOOK_DATABASE_URL`: the database where handled messages are remembered and calls are kept, both in one transaction,
///   such as `sqlite:calls.db` or `postgres://localhost/calls`. By default, both are in memory. Not beside
///   `CALLHOOK_REDIS_URL`: what is marked in one system and kept in another is not kept exactly once.
pub struct Config {
    /// Where to listen. Port 0 is any that is free.
    pub listen: SocketAddr,
    /// Where to show what is private. Nowhere, if there is none.
    pub listen_private: Option<SocketAddr>,
    /// Who may read what is shown there.
    pub private: Private,
    /// What is shown there to a browser.
    pub board: Board,
    /// What the endpoints keep of messages that they don't understand.
    pub not_understood: NotUnderstood,
    proof: Proof,
    agent: Agent,
    public_url: Option<String>,
    /// Shared by all endpoints, and by all processes with the same URL.
    store: Option<RedisStore>,
    database: Option<DatabaseUrl>,
    allow: Option<String>,
    trusted_proxies: Option<String>,
}

/// How senders prove who they are.
enum Proof {
    Token { token: String, is_generated: bool },
    HmacScheme(String),
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    ///
    /// What is wrong with which variable, without its value where that is a secret.
    pub fn from_env() -> Result<Self, String> {
        let listen = address("LISTEN", LISTEN)?.unwrap_or(LISTEN);
        let listen_private = address("LISTEN_PRIVATE", LISTEN_PRIVATE)?;
        let proof = match (
            variable("CALLHOOK_HMAC_SECRET")?,
            variable("CALLHOOK_TOKEN")?,
        ) {
            (Some(secret), _) => Proof::HmacScheme(secret),
            (None, Some(token)) => Proof::Token {
                token,
                is_generated: false,
            },
            (None, None) => Proof::Token {
                token: random_token()?,
                is_generated: true,
            },
        };
        let agent = variable("CALLHOOK_AGENT")?;
        let agent = Agent::parse(agent.as_deref().unwrap_or(agent::DEFAULT))
            .map_err(|error| format!("CALLHOOK_AGENT: {error}"))?;
        let public_url = variable("CALLHOOK_PUBLIC_URL")?.map(|url| public_url::parse(&url));
        let public_url = public_url
            .transpose()
            .map_err(|error| format!("CALLHOOK_PUBLIC_URL: {error}"))?;
        let database = variable("CALLHOOK_DATABASE_URL")?;
        let redis = variable("CALLHOOK_REDIS_URL")?;
        if database.is_some() && redis.is_some() {
            return Err(
                "CALLHOOK_DATABASE_URL and CALLHOOK_REDIS_URL are both set, and handled messages are remembered in one \
                 place: unset one of them"
                    .to_owned(),
            );
        }
        let database = database.map(|url| DatabaseUrl::parse(&url));
        let database = database
            .transpose()
            .map_err(|error| format!("CALLHOOK_DATABASE_URL: {error}"))?;
        // It connects when it is first needed: a server that is down is the endpoints' to cope with.
        let store = redis.map(|url| RedisStore::connect(&url));
        let store = store
            .transpose()
            .map_err(|error| format!("CALLHOOK_REDIS_URL: {error}"))?;
        Ok(Self {
            listen,
            listen_private,
            private: Private::new(variable("LISTEN_PRIVATE_HOSTS")?.as_deref().unwrap_or(""))
                .map_err(|error| format!("LISTEN_PRIVATE_HOSTS: {error}"))?,
            board: Board::new(["piopiy", "telecmi", "voipappz"]),
            not_understood: NotUnderstood::default(),
            proof,
            agent,
            public_url,
            store,
            database,
            allow: variable("CALLHOOK_ALLOW")?,
            trusted_proxies: variable("CALLHOOK_TRUSTED_PROXIES")?,
        })
    }

    /// Opens the database, if there is to be one: a database that is away is an error here, since its tables may be missing.
    ///
    /// # Errors
    ///
    /// Why it can't be used.
    pub async fn database(&self) -> Result<Option<Database>, String> {
        let Some(url) = &self.database else {
            return Ok(None);
        };
        let database = url.clone().open().await;
        database
            .map(Some)
            .map_err(|error| format!("CALLHOOK_DATABASE_URL: {error}"))
    }

    /// An endpoint for a provider, guarded as the environment says.
    ///
    /// # Errors
    ///
    /// Which variable is wrong, and how.
    pub fn endpoint<P: Provider>(
        &self,
        provider: P,
        database: Option<&Database>,
    ) -> Result<Endpoint<P::Event>, String>
    where
        P::Event: IvrEvent + 'static,
    {
        // Where the URL says which event a message is, the signature has to cover it.
        let signed = if provider.event_location().is_some() {
            Signed::TargetAndBody
        } else {
            Signed::Content
        };
        let name = provider.name().to_owned();
        let builder = Endpoint::builder(provider).observer(self.board.clone());
        let mut builder = self.keeping(&name, builder);
        let fallback = P::Event::fallback(&self.agent);
        if let Some(reply) = fallback.map_err(|error| format!("CALLHOOK_AGENT: {error}"))? {
            builder = builder.fallback(reply);
        }
        if let Some(store) = &self.store {
            builder = builder.name(name).replay_store(store.clone());
        } else if let Some(database) = database {
            builder = database.protect(builder.name(name));
        }
        if let Some(networks) = &self.allow {
            let list = AllowList::new(networks.split(','));
            builder = builder.allow_list(list.map_err(|error| format!("CALLHOOK_ALLOW: {error}"))?);
        }
        if let Some(proxies) = &self.trusted_proxies {
            builder = builder.trusted_proxies(proxies.split(','), Forwarding::XForwardedFor);
        }
        let (builder, variable) = match &self.proof {
            Proof::Token { token, .. } => (
                builder.query_token("token", token.as_str()),
                "CALLHOOK_TOKEN",
            ),
            Proof::HmacScheme(secret) => (
                builder.hmac(
                    HmacScheme::sha256(SIGNATURE, secret.as_str())
                        .prefix("sha256=")
                        .signed(signed),
                ),
                "CALLHOOK_HMAC_SECRET",
            ),
        };
        builder.build().map_err(|error| match error {
            ConfigError::Network { .. } => format!("CALLHOOK_TRUSTED_PROXIES: {error}"),
            error => format!("{variable}: {error}"),
        })
    }

    /// An endpoint that keeps what it doesn't understand.
    fn keeping<E: 'static>(&self, name: &str, builder: EndpointBuilder<E>) -> EndpointBuilder<E> {
        let (kept, endpoint) = (self.not_understood.clone(), name.to_owned());
        let builder = builder.on_unreadable(move |bytes, unreadable| {
            kept.keep(&endpoint, &unreadable.to_string(), bytes);
        });
        let (kept, endpoint) = (self.not_understood.clone(), name.to_owned());
        builder.on_unrecognized(move |bytes, _| {
            kept.keep(&endpoint, "the message is of no known kind", bytes);
        })
    }

    /// What callers are answered by the example that listens on this address.
    ///
    /// # Errors
    ///
    /// Which variable is wrong, and how.
    pub fn ivr(&self, address: SocketAddr) -> Result<Ivr, String> {
        // Never what a request has as its `Host`: whoever sends it could have the keys sent elsewhere, with the token.
        let mut url = match &self.public_url {
            Some(url) => url.clone(),
            None => format!("http://{address}"),
        };
        url += PIOPIY;
        if let Proof::Token { token, .. } = &self.proof {
            url += &format!("?token={}", percent_encoded(token));
        }
        Ivr::new(self.agent.clone(), &url)
            .map_err(|error| format!("CALLHOOK_AGENT, CALLHOOK_PUBLIC_URL: {error}"))
    }

    /// Warns in the log if Redis, where it is to remember messages, can't: the example serves nevertheless, and handles
    /// what comes unchecked until Redis can be reached.
    pub fn check_redis(&self) {
        if let Some(store) = self.store.clone() {
            tokio::spawn(async move {
                if let Err(error) = store.ping().await {
                    tracing::warn!(
                        "CALLHOOK_REDIS_URL: {error}; until it can be used, copies of a message are handled again"
                    );
                }
            });
        }
    }

    /// Where handled messages are remembered, without the URL, which may have a password.
    fn memory(&self) -> &'static str {
        match (&self.store, &self.database) {
            (Some(_), _) => "Redis",
            (None, Some(DatabaseUrl::Postgres(_))) => "Postgres",
            (None, Some(DatabaseUrl::Sqlite(_))) => "SQLite",
            (None, None) => "memory",
        }
    }

    /// One line that tells where the example listens and remembers messages, and has a `curl` command to paste.
    #[must_use]
    pub fn greeting(&self, address: SocketAddr, private: Option<SocketAddr>) -> String {
        let mut greeting = format!("listening on http://{address}");
        if let Some(mut private) = private {
            // What listens on every address is asked for by one that it lets in.
            if private.ip().is_unspecified() {
                private.set_ip(match private.ip() {
                    IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                    IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
                });
            }
            greeting += &format!(", showing calls at http://{private}/");
        }
        greeting += &format!(", remembering messages in {}", self.memory());
        let url = format!("http://{address}/webhooks/telecmi");
        let body = format!("-H 'content-type: application/json' -d '{SAMPLE}'");
        let curl = match &self.proof {
            Proof::Token {
                token,
                is_generated: true,
            } => format!("curl -i '{url}?token={token}' {body}"),
            // A secret that was given stays where it is: it is in the shell's environment.
            Proof::Token { token, .. } => {
                let token = if token.bytes().all(is_unreserved) {
                    "$CALLHOOK_TOKEN"
                } else {
                    PERCENT_ENCODED_TOKEN
                };
                format!("curl -i \"{url}?token={token}\" {body}")
            }
            Proof::HmacScheme(_) => format!(
                "curl -i '{url}' -H \"{SIGNATURE}: sha256=$(printf %s '{SAMPLE}' \
                 | openssl dgst -sha256 -hmac \"$CALLHOOK_HMAC_SECRET\" -r | cut -d' ' -f1)\" {body}"
            ),
        };
        format!("{greeting}, try: {curl}")
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("listen_private", &self.listen_private)
            .finish_non_exhaustive()
    }
}

const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3000);
const LISTEN_PRIVATE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3001);

/// Where both examples have their webhook for PIOPIY.
const PIOPIY: &str = "/webhooks/piopiy";

const SIGNATURE: &str = "callhook-signature";

/// The token in the environment, as a URL needs it, for any shell.
const PERCENT_ENCODED_TOKEN: &str =
    r#"$(printf %s "$CALLHOOK_TOKEN" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g')"#;

/// An answered inbound call, as TeleCMI documents it.
const SAMPLE: &str = r#"{"type":"cdr","appid":2222223,"direction":"inbound","cmiuuid":"16132200-57fa-47b5-888d-4ab5b7e631ee","conversation_uuid":"16132200-57fa-47b5-888d-4ab5b7e631ee","status":"answered","user":"204_2222223","to":440000000001,"from":440000000002,"time":1634720920615,"answeredsec":11,"record":true,"filename":"1634720915260737218351_2222223.mp3"}"#;

/// An address to listen on: the default unless the variable is set, and none if it is empty.
fn address(name: &str, default: SocketAddr) -> Result<Option<SocketAddr>, String> {
    match variable(name)?.as_deref() {
        None => Ok(Some(default)),
        Some("") => Ok(None),
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|_| format!("{name}: {text:?} is not an address such as {default}")),
    }
}

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
