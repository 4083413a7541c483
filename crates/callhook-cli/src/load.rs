//! Many calls at a rate.
//!
//! With `--rate` each message has its time in a schedule that does not wait for answers, and its latency counts from that
//! time: of a server that stalls, all messages count that had to wait meanwhile, and not only the one that was under way
//! (coordinated omission). A message that a connection was free for counts from when it was sent, since the timer that
//! woke it is a millisecond coarse. Without `--rate` each connection sends its next message when the last one is
//! answered, and latencies count from the sending.
//!
//! The messages of one call go over one connection, one after the other: which of them are copies of a handled message
//! does not depend on the machine's load, so that what is counted can be compared with what the server counts.

mod allowed;
mod counts;
mod schedule;
mod table;
mod workers;

use std::process::ExitCode;

use callhook::testing::calls::Encoding;
use clap::Args;
use http::Uri;

pub(crate) use self::allowed::{check_many, check_named};
use crate::error::Error;
use crate::out;
use crate::play::Plan;
use crate::target::Target;

#[derive(Debug, Args)]
#[command(next_help_heading = "Many calls")]
pub(crate) struct LoadArgs {
    /// How many calls
    #[arg(long, default_value = "1", value_parser = clap::value_parser!(u64).range(1..))]
    calls: u64,
    /// How many messages a second, of all calls together: as fast as they are answered, unless given
    #[arg(long, value_name = "MESSAGES", value_parser = rate)]
    rate: Option<f64>,
    /// How many connections, and so how many messages are under way at most
    #[arg(long, default_value = "1", value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// The host of the URL, which is yours: many calls go to this machine only, unless it is named
    #[arg(long, value_name = "HOST")]
    i_own_this_host: Option<String>,
}

impl LoadArgs {
    /// Whether it is more than one call for a person to look at.
    pub(crate) fn is_load(&self) -> bool {
        self.calls > 1 || self.rate.is_some() || self.connections > 1
    }

    /// Refuses hosts that may be somebody else's, unless it is one call of so many messages that a platform could send it.
    pub(crate) fn check_host(&self, to: &Uri, messages: usize) -> Result<(), Error> {
        check_many(to, messages, self.is_load(), self.owned_host())
    }

    /// The host that the user says is theirs.
    pub(crate) fn owned_host(&self) -> Option<&str> {
        self.i_own_this_host.as_deref()
    }
}

pub(crate) async fn run(
    args: LoadArgs,
    plan: Plan,
    target: Target,
    encoding: Encoding,
    is_json: bool,
) -> Result<ExitCode, Error> {
    let seed = plan.seed;
    if !is_json {
        out::line(format_args!("seed {seed}"))?;
    }
    let run = workers::run(args, plan, target, encoding).await?;
    if is_json {
        out::json(&table::json(&run, seed))?;
    } else {
        out::line(table::text(&run).trim_end())?;
    }
    Ok(if run.counts.is_all_well() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

pub(crate) fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok();
    rate.filter(|rate| (0.001..=1_000_000.0).contains(rate))
        .ok_or_else(|| "a number from 0.001 to 1000000 was expected".to_owned())
}
