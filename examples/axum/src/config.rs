//! The example's settings, from the environment.

use std::env;
use std::net::SocketAddr;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) token: String,
}

impl Config {
    pub(crate) fn from_env() -> Result<Self, String> {
        let listen = match variable("LISTEN")?.filter(|listen| !listen.is_empty()) {
            Some(listen) => listen.parse().map_err(|_| {
                format!("LISTEN: {listen:?} is not an address such as 127.0.0.1:3000")
            })?,
            None => SocketAddr::from(([127, 0, 0, 1], 3000)),
        };
        let token = match variable("CALLHOOK_TOKEN")? {
            Some(token) => token,
            None => random_token()?,
        };
        // A guard that was asked for and isn't there would be worse than no server.
        for name in UNSUPPORTED {
            if variable(name)?.is_some_and(|value| !value.is_empty()) {
                return Err(format!("{name} is set, and not supported yet"));
            }
        }
        Ok(Self { listen, token })
    }

    /// One line with a `curl` command to paste.
    pub(crate) fn greeting(&self, address: SocketAddr) -> String {
        let token = utf8_percent_encode(&self.token, NON_ALPHANUMERIC);
        format!(
            "listening on http://{address}, try: curl -i 'http://{address}/webhooks/telecmi?token={token}' \
             -H 'content-type: application/json' -d '{SAMPLE}'"
        )
    }
}

const UNSUPPORTED: [&str; 4] = [
    "CALLHOOK_HMAC_SECRET",
    "CALLHOOK_ALLOW",
    "CALLHOOK_TRUSTED_PROXIES",
    "CALLHOOK_REDIS_URL",
];

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
