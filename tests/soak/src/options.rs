//! What the command line says.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long, how much, and which choices.
#[derive(Debug)]
pub(crate) struct Options {
    /// Of mixed traffic. The messages that fill the servers' lists come before it.
    pub(crate) duration: Duration,
    /// Requests a second, to both servers together.
    pub(crate) rate: f64,
    /// Repeats the choices of a run, not its moments.
    pub(crate) seed: u64,
}

impl Options {
    /// # Errors
    ///
    /// What is wrong with which argument.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let mut options = Self {
            duration: minutes(20.0),
            rate: 300.0,
            seed: now.map_or(0, |now| u64::from(now.subsec_nanos())),
        };
        let mut arguments = arguments.into_iter();
        while let Some(name) = arguments.next() {
            let value = arguments.next().unwrap_or_default();
            match &*name {
                "--minutes" => options.duration = minutes(number(&name, &value, 0.5, 10_000.0)?),
                // Above this, more is handled between two looks at a server's list than the list holds.
                "--rate" => options.rate = number(&name, &value, 1.0, 1000.0)?,
                "--seed" => {
                    let seed = value.parse();
                    options.seed =
                        seed.map_err(|_| format!("--seed: {value:?} is not a number"))?;
                }
                _ => return Err(format!("{name:?} is not known\n{USAGE}")),
            }
        }
        Ok(options)
    }
}

fn number(name: &str, value: &str, least: f64, most: f64) -> Result<f64, String> {
    let number = value.parse().ok();
    number
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("{name}: {value:?} is not a number from {least} to {most}"))
}

fn minutes(minutes: f64) -> Duration {
    Duration::from_secs_f64(60.0 * minutes)
}

const USAGE: &str = "usage: callhook-soak [--minutes 20] [--rate 300] [--seed N]";
