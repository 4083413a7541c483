//! `callhook call`: whole calls.

mod check;
mod one;

use std::process::ExitCode;

use clap::Args;

use crate::error::Error;
use crate::load::{self, LoadArgs};
use crate::play::PlanArgs;
use crate::runtime::runtime;
use crate::target::{EncodingArgs, TargetArgs};
use crate::url::Url;

/// Send a whole call as the platform would: in order or not, late, twice, with losses; or many calls
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct CallArgs {
    #[command(flatten)]
    plan: PlanArgs,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    encoding: EncodingArgs,
    /// Wait between the messages as long as the platform would, so many times faster: 1 is as slow. Without it nothing waits
    #[arg(long, value_name = "TIMES", value_parser = speed, conflicts_with_all = ["rate", "calls"])]
    speed: Option<f64>,
    /// Compare what the server made of the call with what is right: the URL of its /calls, as callhook's examples have it on
    /// their private listener
    #[arg(long, value_name = "URL", conflicts_with_all = ["rate", "calls"])]
    check: Option<Url>,
    #[command(flatten)]
    load: LoadArgs,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = r"Examples:
  (with CALLHOOK_TOKEN in the environment)
  A call whose second agent answers, out of order and each message twice,
  compared with what the example made of it:
    $ callhook call --scenario inbound-two-agents --shuffle --copies 2 \
      --to http://127.0.0.1:3000/webhooks/telecmi \
      --check http://127.0.0.1:3001/calls
  The call of a seed, which every run prints:
    $ callhook call --scenario inbound-two-agents --seed 7 \
      --to http://127.0.0.1:3000/webhooks/telecmi
  A call without its hangups, whose records come again as PIOPIY sends them,
  half an hour in a second:
    $ callhook call --scenario inbound-answered --edition piopiy-2022 \
      --drop hangup --resend --speed 1800 \
      --to http://127.0.0.1:3000/webhooks/piopiy
  A caller who presses 1 at your menu, and an agent whose line is busy: your
  answers decide what comes:
    $ callhook call --follow --presses 1 --agents busy \
      --to http://127.0.0.1:3000/webhooks/piopiy
  Two hundred calls on 16 connections, a thousand messages a second:
    $ callhook call --scenario inbound-answered --calls 200 --rate 1000 \
      --connections 16 --to http://127.0.0.1:3000/webhooks/telecmi

Many calls go to this machine only, unless --i-own-this-host names the host
of the URL.

Exit codes: 0 all answered 2xx; 1 some were refused or not answered, an
answer can't be read, or --check found a difference; 2 the server can't be
reached, or an argument is wrong.";

pub(crate) fn run(args: CallArgs) -> Result<ExitCode, Error> {
    let target = args.target.target()?;
    let plan = args.plan.plan(args.target.platform(), target.webhook())?;
    let encoding = args.encoding.encoding();
    let messages = plan.play(0)?.known_messages();
    args.load.check_host(target.uri(), target.times(messages))?;
    let runtime = runtime()?;
    if args.load.is_load() {
        return runtime.block_on(load::run(args.load, plan, target, encoding, args.json));
    }
    let how = one::How {
        encoding,
        speed: args.speed,
        check: args.check.map(|url| url.0),
        is_json: args.json,
        owned_host: args.load.owned_host().map(str::to_owned),
    };
    runtime.block_on(one::run(&plan, &target, how))
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse::<f64>().ok();
    speed
        .filter(|speed| speed.is_finite() && *speed > 0.0)
        .ok_or_else(|| "a number greater than 0 was expected".to_owned())
}
