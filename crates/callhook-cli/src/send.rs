//! `callhook send`: one message.

mod named;

use std::process::ExitCode;

use callhook::testing::Sample;
use callhook::testing::calls::Platform;
use clap::Args;

use crate::error::Error;
use crate::http::{Answer, advice};
use crate::ids::NewIds;
use crate::names;
use crate::out;
use crate::read;
use crate::runtime::runtime;
use crate::seed::Seed;
use crate::set::SetField;
use crate::shown;
use crate::style::plain;
use crate::target::{EncodingArgs, TargetArgs};

/// Send one message, as a platform sends it, and show the answer
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct SendArgs {
    /// Whose message it is
    #[arg(value_name = "PLATFORM", value_parser = names::of(Platform::ALL, Platform::as_str))]
    provider: Platform,
    /// Its name: --list shows all. SCENARIO/MESSAGE is a message of a whole call, such as inbound-two-agents/cdr-b
    #[arg(required_unless_present = "list")]
    message: Option<String>,
    /// Show the names of the messages, and send nothing
    #[arg(long)]
    list: bool,
    /// Set a field: the value is JSON where it can be, else text
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<SetField>,
    /// Leave a field out
    #[arg(long, value_name = "FIELD")]
    unset: Vec<String>,
    /// Give the message new ids, so that a server that has handled it takes it for another
    #[arg(long)]
    as_new: bool,
    /// What ids and figures are drawn with, of --as-new and of a call's message: random unless given
    #[arg(long)]
    seed: Option<u64>,
    /// Voipappz: what the URL calls the event
    #[arg(long, value_name = "NAME")]
    event: Option<String>,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    encoding: EncodingArgs,
    #[command(flatten)]
    target: TargetArgs,
}

const EXAMPLES: &str = r"Examples:
  Which messages there are:
    $ callhook send telecmi --list
  An answered call's record with other figures, to callhook's example, with
  CALLHOOK_TOKEN in the environment:
    $ callhook send telecmi cdr-inbound-answered --set answeredsec=42 \
      --to http://127.0.0.1:3000/webhooks/telecmi
  The same again is answered as a replay. With new ids it is handled:
    $ callhook send telecmi cdr-inbound-answered --as-new \
      --to http://127.0.0.1:3000/webhooks/telecmi
  A question that waits for your answer, which is checked:
    $ callhook send piopiy answer-request \
      --to http://127.0.0.1:3000/webhooks/piopiy
  A message of a whole call, as a GET:
    $ callhook send voipappz inbound-answered/call-hangup --get \
      --to http://127.0.0.1:3000/webhooks/voipappz

Exit codes: 0 answered 2xx; 1 refused, or the answer can't be read;
2 not sent, or not answered.";

pub(crate) fn run(args: SendArgs) -> Result<ExitCode, Error> {
    if args.list {
        out::line(named::list(args.provider).trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let name = args.message.as_deref().unwrap_or_default();
    let target = args.target.target()?;
    let seed = Seed::given_or_random(args.seed)?;
    if args.event.is_some() && args.provider != Platform::Voipappz {
        return Err(Error::new(format!(
            "--event is for voipappz: the URLs of {} name no event",
            args.provider
        )));
    }
    let named = named::find(args.provider, name, seed)?;
    let sample = changed(&args, &named.sample, seed);
    let event_name = args.event.as_deref().or(named.event_name);
    let encoding = args.encoding.encoding();
    let outgoing = target.message(target.webhook(), &sample, encoding, event_name)?;

    let answer = runtime()?.block_on(async {
        let client = target.client(1)?;
        let told = |seconds| out::note(format_args!("503: sent again in {seconds} s"));
        let answer = client
            .send_with_retries(outgoing, target.retries, told)
            .await;
        answer.map_err(Error::new)
    })?;

    let unreadable = if answer.is_success() && read::waits(named.sample.kind()) {
        read::read(named.edition, &answer).err()
    } else {
        None
    };
    let is_seed_used = args.as_new || named.is_drawn;
    if args.json {
        let object = serde_json::json!({
            "message": named.name,
            "seed": is_seed_used.then_some(seed.0),
            "status": answer.status,
            "outcome": answer.outcome(),
            "content_type": answer.content_type(),
            "retry_after": answer.retry_after(),
            "body": shown::body(&answer.body),
            "unreadable": unreadable.as_ref().map(ToString::to_string),
        });
        out::json(&object)?;
    } else {
        if is_seed_used {
            out::line(format_args!("seed {seed}"))?;
        }
        print(&answer)?;
        if let Some(unreadable) = &unreadable {
            out::line(format_args!(
                "The platform can't read this answer: {unreadable}. The caller hears silence."
            ))?;
        }
    }
    if let Some(advice) = advice(&answer) {
        out::note(format_args!("{}: {advice}.", answer.code()));
    }
    Ok(if answer.is_success() && unreadable.is_none() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

fn changed(args: &SendArgs, sample: &Sample, seed: Seed) -> Sample {
    let mut sample = sample.clone();
    if args.as_new {
        sample = NewIds::new(seed).sample(sample);
    }
    for SetField { name, value } in &args.set {
        sample = sample.with(name, value);
    }
    for field in &args.unset {
        sample = sample.without(field);
    }
    sample
}

fn print(answer: &Answer) -> Result<(), Error> {
    out::line(answer.code())?;
    if let Some(content_type) = answer.content_type() {
        out::line(format_args!("content-type: {}", plain(content_type)))?;
    }
    if let Some(seconds) = answer.retry_after() {
        out::line(format_args!("retry-after: {seconds}"))?;
    }
    if !answer.body.is_empty() {
        out::line(format_args!("\n{}", shown::body(&answer.body)))?;
    }
    Ok(())
}
