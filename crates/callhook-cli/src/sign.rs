//! `callhook sign`: the headers that sign a request.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;

use crate::error::Error;
use crate::head::HeadArgs;
use crate::input;
use crate::out;
use crate::scheme::SchemeArgs;

/// The headers that sign a request, as a relay would add them
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct SignArgs {
    /// The body, byte for byte; standard input where there is none, or for `-`
    #[arg(value_name = "FILE")]
    body: Option<PathBuf>,

    #[command(flatten)]
    head: HeadArgs,

    #[command(flatten)]
    scheme: SchemeArgs,

    /// The time of signing, in seconds since 1970, instead of now
    #[arg(long, value_name = "SECONDS")]
    at: Option<u64>,

    /// Print a JSON object: names and values
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  The header to send a body with:
    $ export CALLHOOK_HMAC_SECRET='a secret that the relay knows'
    $ callhook sign body.json

  The query of a GET, and its path too:
    $ callhook sign --method GET --target '/webhooks/telecmi?type=cdr' \\
        --signed target-and-body /dev/null

  The scheme of Standard Webhooks, whose secrets are base64:
    $ callhook sign --scheme standard-webhooks --header 'webhook-id: msg_1' \\
        --secret-file secret.txt body.json

Exit codes: 0 where it is signed, 2 where it can't be.";

/// As much as a body of an endpoint could reasonably have.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

pub(crate) fn run(args: &SignArgs) -> Result<ExitCode, Error> {
    let signer = args.scheme.scheme()?.signer().map_err(Error::new)?;
    let body = input::read_all(args.body.as_ref(), MAX_BODY_BYTES)?;
    let now = match args.at {
        Some(at) => moment(at)?,
        None => SystemTime::now(),
    };
    let headers = args.head.headers();
    let head = args.head.head(&headers, !body.is_empty());
    let signed = signer
        .sign(&head, &body, now)
        .map_err(|error| Error::new(format_args!("the request can't be signed: {error}")))?;
    if args.json {
        let object: serde_json::Map<String, serde_json::Value> = signed
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect();
        out::json(&object)?;
        return Ok(ExitCode::SUCCESS);
    }
    for (name, value) in signed {
        out::line(format_args!("{name}: {value}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Seconds since 1970.
pub(crate) fn moment(seconds: u64) -> Result<SystemTime, Error> {
    UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .ok_or_else(|| Error::new("--at is too far away"))
}
