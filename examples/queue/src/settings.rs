//! This example's settings, from the environment.

use std::env;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use example_support::Private;

/// The settings, each with its variable, which `README.md` describes.
pub(crate) struct Settings {
    pub(crate) database: String,
    pub(crate) token: String,
    pub(crate) listen: SocketAddr,
    pub(crate) listen_private: Option<SocketAddr>,
    pub(crate) private: Private,
    /// How many jobs this process works on at the same time: none, if it only receives.
    pub(crate) jobs_at_once: u32,
    /// How often a job is tried before it has failed for good.
    pub(crate) attempts: i16,
    /// How long a worker may be silent before its jobs are given to others.
    pub(crate) worker_timeout: Duration,
}

impl Settings {
    /// Reads the environment. The error says what is wrong with which variable, without a secret's value.
    pub(crate) fn from_env() -> Result<Self, String> {
        let hosts = variable("LISTEN_PRIVATE_HOSTS")?.unwrap_or_default();
        Ok(Self {
            database: required("CALLHOOK_DATABASE_URL", "postgres://localhost/crm")?,
            token: required("CALLHOOK_TOKEN", "a random text of 16 bytes or more")?,
            listen: address("LISTEN", 3000)?
                .ok_or("LISTEN is empty; expected an address such as 127.0.0.1:3000")?,
            listen_private: address("LISTEN_PRIVATE", 3001)?,
            private: Private::new(&hosts)
                .map_err(|error| format!("LISTEN_PRIVATE_HOSTS: {error}"))?,
            jobs_at_once: number("JOBS_AT_ONCE", 0, 4, 100)?,
            attempts: number("JOB_ATTEMPTS", 1, ATTEMPTS, i16::MAX)?,
            worker_timeout: Duration::from_secs(number("WORKER_TIMEOUT", 1, 60, 3600)?),
        })
    }
}

/// With graphile_worker's waits of e, e², e³ .. e¹⁰ seconds between them: sixteen hours, so that a system that is down
/// overnight is found again, and a mistake is seen the next day.
const ATTEMPTS: i16 = 12;

/// An address to listen on, and none if the variable is empty.
fn address(name: &str, port: u16) -> Result<Option<SocketAddr>, String> {
    let default = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    match variable(name)?.as_deref() {
        None => Ok(Some(default)),
        Some("") => Ok(None),
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|_| format!("{name}: {text:?} is not an address such as {default}")),
    }
}

fn number<T>(name: &str, least: T, default: T, most: T) -> Result<T, String>
where
    T: Copy + FromStr + PartialOrd + std::fmt::Display,
{
    match variable(name)? {
        None => Ok(default),
        Some(text) => text
            .parse()
            .ok()
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| format!("{name}: {text:?} is not a number from {least} to {most}")),
    }
}

fn required(name: &str, such_as: &str) -> Result<String, String> {
    variable(name)?.ok_or_else(|| format!("{name} is not set; expected {such_as}"))
}

/// A variable that is set. An empty one is set: an empty token must be refused, not replaced.
fn variable(name: &str) -> Result<Option<String>, String> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8")),
    }
}
