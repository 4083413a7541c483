//! `callhook replay`: sends what `listen` has saved.

mod file;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use tokio::time::{Instant, sleep_until};

use self::file::{Contents, Request, Requests};
use crate::error::Error;
use crate::http::advice;
use crate::ids::NewIds;
use crate::load::{check_many, rate};
use crate::out;
use crate::runtime::runtime;
use crate::seed::Seed;
use crate::style::plain;
use crate::target::{RawRequest, Target, TargetArgs};

/// Send the messages of a file that `listen` has saved
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ReplayArgs {
    /// The file: a JSON object a line, with `method`, `path`, `query`, `content_type` and `body`
    file: PathBuf,
    #[command(flatten)]
    target: TargetArgs,
    /// Give the messages new ids, the same for the same, so that a server that has handled them takes them for others
    #[arg(long)]
    as_new: bool,
    /// What the new ids are drawn with: random unless given
    #[arg(long, requires = "as_new")]
    seed: Option<u64>,
    /// Keep the distances in time, so many times faster. Without it nothing waits
    #[arg(long, value_name = "TIMES", value_parser = rate, conflicts_with = "rate")]
    speed: Option<f64>,
    /// Send so many messages a second
    #[arg(long, value_name = "MESSAGES", value_parser = rate)]
    rate: Option<f64>,
    /// The host of the URL, which is yours: many messages go to this machine only, unless it is named
    #[arg(long, value_name = "HOST")]
    i_own_this_host: Option<String>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = r"Examples:
  (with CALLHOOK_TOKEN in the environment)
  Each message to the path that it came to. What the server has handled
  before is answered as a replay:
    $ callhook replay messages.jsonl --to http://127.0.0.1:3000
  The same messages as those of other calls, which the server has not seen:
    $ callhook replay messages.jsonl --as-new --to http://127.0.0.1:3000
  To a path of its own, where all messages are of one platform, ten times as
  fast as they came:
    $ callhook replay messages.jsonl --speed 10 \
      --to http://127.0.0.1:3000/webhooks/telecmi

Exit codes: 0 all answered 2xx; 1 some were refused or not answered; 2 the
file can't be read, or the server not be reached.";

#[derive(Default)]
struct Sent {
    sent: u64,
    handled: u64,
    replayed: u64,
    refused: u64,
    unanswered: u64,
    /// Had no id to make new.
    unchanged: u64,
}

pub(crate) fn run(args: ReplayArgs) -> Result<ExitCode, Error> {
    let target = args.target.target()?;
    // All of it is read before anything is sent.
    let mut requests = Requests::open(&args.file)?;
    let contents = Contents::read(&mut requests)?;
    if target.has_path() && contents.platforms.len() > 1 {
        let platforms: Vec<&str> = contents.platforms.iter().copied().collect();
        return Err(Error::new(format!(
            "{} has messages of {}: give --to without a path, so that each goes to the path that it came to",
            args.file.display(),
            platforms.join(" and ")
        )));
    }
    let owned = args.i_own_this_host.as_deref();
    let messages = target.times(contents.requests);
    check_many(target.uri(), messages, args.rate.is_some(), owned)?;
    let seed = Seed::given_or_random(args.seed)?;
    let new_ids = args.as_new.then(|| NewIds::new(seed));
    if !args.json {
        if args.as_new {
            out::line(format_args!(
                "seed {seed}: with new ids, which the server has not seen"
            ))?;
        } else {
            out::line(
                "with the ids as they were: what the server has handled before is answered as a replay",
            )?;
        }
    }
    let sent = runtime()?.block_on(send(&args, requests, &contents, &target, new_ids))?;
    let Sent {
        sent: total,
        handled,
        replayed,
        refused,
        unanswered,
        unchanged,
    } = sent;
    if args.json {
        let object = serde_json::json!({
            "seed": args.as_new.then_some(seed.0),
            "sent": total,
            "handled": handled,
            "replayed": replayed,
            "refused": refused,
            "unanswered": unanswered,
            "without_ids": args.as_new.then_some(unchanged),
        });
        out::json(&object)?;
    } else {
        out::line(format_args!(
            "{total} sent: {handled} handled, {replayed} answered as replays, {refused} refused, {unanswered} not answered"
        ))?;
        if unchanged > 0 {
            out::line(format_args!(
                "{unchanged} had no id that could be made new, and were sent as they were"
            ))?;
        }
    }
    Ok(if refused + unanswered == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

async fn send(
    args: &ReplayArgs,
    mut requests: Requests,
    contents: &Contents,
    target: &Target,
    new_ids: Option<NewIds>,
) -> Result<Sent, Error> {
    let client = target.client(1)?;
    let mut sent = Sent::default();
    let mut first_at = None;
    let begin = Instant::now();
    let mut was_read = 0;
    requests.rewind()?;
    // What was added since was not counted: it may be without an end, as where a server saves into this file.
    for request in requests.take(contents.requests) {
        let request = request?;
        was_read += 1;
        first_at = first_at.or(request.at);
        let after = first_at.zip(request.at);
        let after = after.map(|(first, at)| at.duration_since(first).as_secs_f64());
        let wait = match (args.speed, args.rate) {
            (Some(speed), _) => after.unwrap_or_default() / speed,
            (_, Some(rate)) => sent.sent as f64 / rate,
            _ => 0.0,
        };
        // Lines may be out of order.
        let wait = Duration::try_from_secs_f64(wait).unwrap_or_default();
        sleep_until(begin.checked_add(wait).unwrap_or(begin)).await;

        let (raw, is_new) = raw(&request, new_ids);
        sent.unchanged += u64::from(new_ids.is_some() && !is_new);
        let (platform, event_name) = request.route();
        let outgoing = target.again(raw, event_name)?;
        let began = Instant::now();
        let told = |seconds| out::note(format_args!("503: sent again in {seconds} s"));
        let answer = client
            .send_with_retries(outgoing, target.retries, told)
            .await;
        let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
        let platform = platform.unwrap_or("-");
        let told = match answer {
            Ok(answer) => {
                let count = match &answer {
                    answer if answer.is_replay() => &mut sent.replayed,
                    answer if answer.is_success() => &mut sent.handled,
                    _ => &mut sent.refused,
                };
                *count += 1;
                let advice = advice(&answer).filter(|_| !answer.is_success());
                let advice = advice.map_or_else(String::new, |advice| format!("  {advice}"));
                format!("{:16} {milliseconds:6.1} ms{advice}", answer.code())
            }
            Err(fault) if sent.sent == 0 && fault.is_unreachable() => {
                return Err(Error::new(fault));
            }
            Err(fault) => {
                sent.unanswered += 1;
                fault.to_string()
            }
        };
        sent.sent += 1;
        if !args.json {
            let method = plain(&request.saved.method);
            out::line(format_args!("  {platform:8} {method:4} {told}"))?;
        }
    }
    if was_read < contents.requests {
        return Err(Error::new(format!(
            "{} was changed while it was sent: it has {was_read} of the {} messages that were counted in it, which were sent",
            args.file.display(),
            contents.requests
        )));
    }
    Ok(sent)
}

/// The request, and whether it has new ids.
fn raw(request: &Request, new_ids: Option<NewIds>) -> (RawRequest<'_>, bool) {
    let saved = &request.saved;
    let mut body = request.body.clone();
    let mut query = saved.query.clone().unwrap_or_default();
    let mut is_new = false;
    if let Some(ids) = new_ids {
        if let Some(new) = ids.form(&query) {
            query = new;
            is_new = true;
        }
        let text = str::from_utf8(&body).unwrap_or_default();
        if let Some(new) = ids.json(text).or_else(|| ids.form(text)) {
            body = new.into_bytes();
            is_new = true;
        }
    }
    let url = match query.as_str() {
        "" => saved.path.clone(),
        query => format!("{}?{query}", saved.path),
    };
    let raw = RawRequest {
        method: &saved.method,
        url,
        content_type: saved.content_type.as_deref(),
        body,
    };
    (raw, is_new)
}
