//! `callhook listen`: shows what comes.
//!
//! 1. A message passes the layer that applications use, with a token's guard or none. What the layer refuses as
//!    unauthenticated is shown as refused, and neither saved nor forwarded.
//! 2. Bodies are read up to 256 KiB and for 10 seconds at most, of 256 connections at most, before the layer sees them: a
//!    message that can't be read is shown, saved and forwarded too.
//! 3. Without `--forward` copies of a message are answered as replays, as an application's endpoint answers them. With it
//!    the application behind decides: each request goes there as it came, and its answer comes back as it is.

mod app;
mod forward;
mod journal;
mod line;
mod raw;
mod saving;
mod serve;
mod tap;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;

use self::forward::Forward;
use self::journal::Journal;
use self::tap::Tap;
use crate::error::Error;
use crate::out;
use crate::runtime::{runtime, told_to_end};
use crate::secret::Secret;
use crate::url::Url;

/// Show messages as they come, and keep them, or pass them on
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ListenArgs {
    /// The port; 0 is any that is free
    #[arg(long, default_value = "4000")]
    port: u16,
    /// The address. Others than this machine can reach one that is not a loopback address
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// Ask for this token in the query, of 16 bytes at least. Without it every message is taken
    #[arg(long, value_name = "TOKEN")]
    token: Option<Secret>,
    /// What the token's parameter in the query is called, which is not saved
    #[arg(long, value_name = "NAME", default_value = "token")]
    token_parameter: String,
    /// Pass each request on to this server, at the same path, and its answer back
    #[arg(long, value_name = "URL")]
    forward: Option<Url>,
    /// How many seconds the server behind may take to answer
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "30",
        requires = "forward"
    )]
    timeout: u16,
    /// Add what comes to this file, a JSON object a line, for `callhook replay`. It holds personal data
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Show a JSON object a line
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = r"Examples:
  Show what comes to /telecmi, /piopiy and /voipappz/EVENT, or the same below
  /webhooks, of http://127.0.0.1:4000:
    $ callhook listen
  Ask for a token, and keep what comes for `callhook replay`:
    $ callhook listen --port 4001 --token a-token-of-16-bytes-or-more \
      --save messages.jsonl
  Stand between a platform and your application, which answers:
    $ callhook listen --port 4002 --forward http://127.0.0.1:3000

Ctrl-C ends it with a summary, and a second one at once.

Exit codes: 0 it was ended; 2 it could not listen; 130 it was ended at once.";

pub(crate) fn run(args: ListenArgs) -> Result<ExitCode, Error> {
    let runtime = runtime()?;
    runtime.block_on(listen(args))?;
    Ok(ExitCode::SUCCESS)
}

async fn listen(args: ListenArgs) -> Result<(), Error> {
    let timeout = Duration::from_secs(args.timeout.max(1).into());
    let forward = args.forward.map(|url| Forward::new(url.0, timeout));
    let tap = Tap {
        journal: Journal::open(args.save.as_deref(), args.json)?.into(),
        forward: forward.transpose()?,
        token_parameter: args.token_parameter.into(),
        is_guarded: args.token.is_some(),
    };
    let app = app::app(args.token, &tap)?;

    let address = SocketAddr::new(args.listen, args.port);
    let listener = TcpListener::bind(address).await;
    let listener = listener.map_err(|error| {
        Error::new(format!(
            "can't listen on {address}: {error}. --port takes another port, 0 any that is free"
        ))
    })?;
    let address = listener.local_addr().map_err(Error::new)?;
    if !address.ip().is_loopback() {
        out::note(format_args!(
            "warning: others than this machine can reach {address}, and send what they like"
        ));
    }
    // To stderr, so that stdout has messages only.
    out::note(format_args!(
        "listening on http://{address}/telecmi, /piopiy and /voipappz/EVENT. Ctrl-C ends it"
    ));
    serve::serve(listener, app, told_to_end()).await;
    out::note(tap.journal.summary());
    Ok(())
}
