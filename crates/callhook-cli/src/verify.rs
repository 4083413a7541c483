//! `callhook verify`: whether a request's signature is valid, and which check fails.

use std::future::pending;
use std::path::PathBuf;
use std::process::ExitCode;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use callhook::clock::Clock;
use callhook::{Endpoint, RejectionKind, Reply};
use clap::Args;

use crate::anything::Anything;
use crate::error::Error;
use crate::head::HeadArgs;
use crate::input;
use crate::out;
use crate::scheme::SchemeArgs;
use crate::sign::{MAX_BODY_BYTES, moment};
use crate::style::{BAD, GOOD, in_style};
use crate::wait::now;

/// Whether a request's signature is valid, and which check fails
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct VerifyArgs {
    /// The body, byte for byte; standard input where there is none, or for `-`
    #[arg(value_name = "FILE")]
    body: Option<PathBuf>,

    #[command(flatten)]
    head: HeadArgs,

    #[command(flatten)]
    scheme: SchemeArgs,

    /// The time at which it came, in seconds since 1970, instead of now
    #[arg(long, value_name = "SECONDS")]
    at: Option<u64>,

    /// Print a JSON object: `valid`, and why not
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  Is this signature valid? (Here, the one that `callhook sign` makes.)
    $ export CALLHOOK_HMAC_SECRET='a secret that the relay knows'
    $ callhook verify --header \"$(callhook sign body.json)\" body.json

  Was it, when the request came?
    $ signature=$(callhook sign --scheme stripe --at 1700000000 body.json)
    $ callhook verify --scheme stripe --header \"$signature\" \\
        --at 1700000060 body.json

Exit codes: 0 where it is valid, 1 where it isn't, 2 where that can't be told.";

pub(crate) fn run(args: &VerifyArgs) -> Result<ExitCode, Error> {
    let body = input::read_all(args.body.as_ref(), MAX_BODY_BYTES)?;
    let mut builder = Endpoint::builder(Anything)
        .hmac(args.scheme.scheme()?)
        .insecure_no_replay_protection()
        // A signature doesn't get stale before the message is forgotten: nothing is remembered here.
        .replay_window(A_YEAR)
        .live_replay_window(A_YEAR)
        .max_body_bytes(MAX_BODY_BYTES);
    if let Some(at) = args.at {
        builder = builder.clock(At(moment(at)?));
    }
    let endpoint = builder.build().map_err(Error::new)?;

    let headers = args.head.headers();
    let head = args.head.head(&headers, !body.is_empty());
    let work = async {
        let admitted = endpoint.admit(&head, |_| pending()).await?;
        let mut body = Some(Bytes::from(body));
        let chunk = |_: &mut Context<'_>| Poll::Ready(body.take().map(Ok));
        admitted.receive(chunk, |_| pending()).await.map(drop)
    };
    let verified: Result<(), Reply> =
        now(work).ok_or_else(|| Error::new("the request was not verified in one step"))?;
    let why = problem(&verified)?;
    if args.json {
        let object = serde_json::json!({ "valid": why.is_none(), "problem": why });
        out::json(&object)?;
    } else {
        match &why {
            None => out::line(in_style(GOOD, "valid"))?,
            Some(why) => out::line(format_args!("{}: {why}", in_style(BAD, "not valid")))?,
        }
    }
    Ok(match why {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::from(1),
    })
}

/// Why the signature is not valid. `None` where it is.
///
/// # Errors
///
/// When the request was refused before its signature was checked.
fn problem(verified: &Result<(), Reply>) -> Result<Option<String>, Error> {
    // A probe is answered after its signature was verified.
    let Some(rejection) = verified.as_ref().err().and_then(Reply::rejection) else {
        return Ok(None);
    };
    let text = rejection.to_string();
    match rejection.kind() {
        RejectionKind::Unauthenticated => {
            let cause = text.strip_prefix("unauthenticated: ").unwrap_or(&text);
            Ok(Some(cause.to_owned()))
        }
        // A message is read after its signature was verified: it may have one without being a message.
        RejectionKind::Unreadable => Ok(None),
        _ => Err(Error::new(format_args!(
            "that can't be told: an endpoint refuses this request before it checks its signature: {text}"
        ))),
    }
}

const A_YEAR: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// A clock that stands still.
struct At(SystemTime);

impl Clock for At {
    fn now(&self) -> SystemTime {
        self.0
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}
