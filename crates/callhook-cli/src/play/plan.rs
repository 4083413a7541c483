//! Which calls are sent, and what becomes of their messages on the way: [`Plan`].

use std::str::FromStr;

use callhook::testing::calls::{Edition, Platform, Scenario, SimulatedCall};
use callhook::testing::platform::{Agent, Caller, InteractiveCall};
use clap::Args;

use super::{Course, Losses, Play};
use crate::error::Error;
use crate::names;
use crate::read::latest;
use crate::seed::{Choices, Seed};
use crate::set::SetField;

#[derive(Debug, Args)]
#[command(next_help_heading = "The call")]
pub(crate) struct PlanArgs {
    /// What happens in the call
    #[arg(long, value_parser = names::of(Scenario::ALL, Scenario::as_str), required_unless_present = "follow", conflicts_with = "follow")]
    scenario: Option<Scenario>,
    /// Ask first, and do what the answers say: they decide which messages follow (telecmi, piopiy)
    #[arg(long, conflicts_with_all = ["shuffle", "copies", "resend", "drop"])]
    follow: bool,
    /// Whose call: what the URL's path names, unless given
    #[arg(long, value_name = "PLATFORM", value_parser = names::of(Platform::ALL, Platform::as_str))]
    provider: Option<Platform>,
    /// The edition of the platform's messages: the seed chooses, unless given
    #[arg(long, value_parser = names::of(Edition::ALL, Edition::as_str))]
    edition: Option<Edition>,
    /// What decides ids, figures, order and losses: random unless given, and printed
    #[arg(long)]
    seed: Option<u64>,
    /// Send the messages in another order
    #[arg(long)]
    shuffle: bool,
    /// Send each message so many times
    #[arg(long, value_name = "TIMES", default_value = "1", value_parser = clap::value_parser!(u16).range(1..))]
    copies: u16,
    /// Send the copies that the platform is documented to send: of PIOPIY's records, after 5, 15 and 30 minutes
    #[arg(long)]
    resend: bool,
    /// Leave out messages of this name or kind, such as hangup, cdr-b or cdr
    #[arg(long, value_name = "MESSAGE")]
    drop: Vec<String>,
    /// Lose this part of the messages that nobody waits for, such as 0.1
    #[arg(long, value_name = "PART", default_value = "0", value_parser = part)]
    lose: f64,
    /// Set a field of all messages: the value is JSON where it can be, else text
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<SetField>,
    /// With --follow: what the caller does when asked for keys, one after the other: keys, `nothing`, or `hangup`
    #[arg(long, value_name = "KEYS", requires = "follow")]
    presses: Vec<Presses>,
    /// With --follow: what becomes of the agents' phones, in their order: answers, busy, no-answer
    #[arg(long, value_name = "WHAT", requires = "follow", value_delimiter = ',')]
    agents: Vec<Answers>,
}

/// The calls to send.
pub(crate) struct Plan {
    args: PlanArgs,
    platform: Platform,
    webhook: String,
    pub(crate) seed: Seed,
}

impl PlanArgs {
    pub(crate) fn plan(self, of_url: Option<Platform>, webhook: &str) -> Result<Plan, Error> {
        let of_edition = self.edition.map(Edition::platform);
        let platform = self.provider.or(of_edition).or(of_url).ok_or_else(|| {
            Error::new("--provider is missing, and the URL's path names no platform: telecmi, piopiy or voipappz")
        })?;
        if of_edition.is_some_and(|other| other != platform) {
            return Err(Error::new(format!("--edition is not one of {platform}'s")));
        }
        let plan = Plan {
            seed: Seed::given_or_random(self.seed)?,
            args: self,
            platform,
            webhook: webhook.to_owned(),
        };
        // What does not work for the first does not for any.
        let first = plan.play(0)?;
        if first.known_messages() == 0 && !plan.args.follow {
            return Err(Error::new("--drop leaves no message of the call"));
        }
        for name in &plan.args.drop {
            plan.check_drop(name)?;
        }
        Ok(plan)
    }
}

impl Plan {
    /// One of the calls.
    pub(crate) fn play(&self, index: u64) -> Result<Play, Error> {
        let seed = self.seed.of_call(index);
        let args = &self.args;
        let losses = Losses {
            probability: args.lose,
            choices: Choices::of_text(seed, "losses"),
            lost: 0,
        };
        let (course, edition) = match args.scenario {
            Some(scenario) => {
                let call = self.call(scenario, seed)?;
                let edition = call.edition();
                let right_answers = Box::new(call.right_answers().clone());
                let messages = call.messages().to_vec().into_iter();
                let script = Course::Script {
                    messages,
                    right_answers,
                };
                (script, edition)
            }
            None => {
                let edition = args.edition.unwrap_or(latest(self.platform));
                (
                    Course::Follow(Box::new(self.following(edition, seed)?)),
                    edition,
                )
            }
        };
        Ok(Play {
            course,
            edition,
            losses,
        })
    }

    fn whole_call(&self, scenario: Scenario, seed: u64) -> Result<SimulatedCall, Error> {
        let call = match self.args.edition {
            Some(edition) => SimulatedCall::of_edition(scenario, edition, seed),
            None => SimulatedCall::new(scenario, self.platform, seed),
        };
        call.map_err(Error::new)
    }

    fn call(&self, scenario: Scenario, seed: u64) -> Result<SimulatedCall, Error> {
        let args = &self.args;
        let mut call = self.whole_call(scenario, seed)?;
        for name in &args.drop {
            call = call.without(name);
        }
        for SetField { name, value } in &args.set {
            call = call.with_field(name, value);
        }
        if args.resend {
            call = call.with_resends();
        }
        call = call.with_copies(usize::from(args.copies));
        if args.shuffle {
            call = call.shuffled(seed);
        }
        Ok(call)
    }

    fn following(&self, edition: Edition, seed: u64) -> Result<InteractiveCall, Error> {
        let mut caller = Caller::default();
        for presses in &self.args.presses {
            caller = match presses {
                Presses::Keys(keys) => caller.presses(keys),
                Presses::Nothing => caller.presses_nothing(),
                Presses::HangUp => caller.hangs_up(),
            };
        }
        let agents = self.args.agents.iter().map(|answers| answers.0);
        let call = InteractiveCall::new(edition, &self.webhook, seed).map_err(Error::new)?;
        let call = call.with_caller(caller).with_agents(agents);
        let fields = self.args.set.iter();
        Ok(fields.fold(call, |call, SetField { name, value }| {
            call.with_field(name, value)
        }))
    }

    /// A name that no message has would silently drop nothing.
    fn check_drop(&self, name: &str) -> Result<(), Error> {
        let Some(scenario) = self.args.scenario else {
            return Ok(());
        };
        let call = self.whole_call(scenario, self.seed.of_call(0))?;
        if call
            .messages()
            .iter()
            .any(|message| message.is_called(name))
        {
            return Ok(());
        }
        let names: Vec<&str> = call.messages().iter().map(|one| one.name()).collect();
        Err(Error::new(format!(
            "--drop: no message of the call is called {name:?}: it has {}",
            names.join(", ")
        )))
    }
}

#[derive(Clone, Debug)]
enum Presses {
    Keys(String),
    Nothing,
    HangUp,
}

impl FromStr for Presses {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_key = |letter: char| letter.is_ascii_digit() || letter == '*' || letter == '#';
        match text {
            "nothing" => Ok(Self::Nothing),
            "hangup" => Ok(Self::HangUp),
            "" => Err("keys, `nothing` or `hangup` was expected".to_owned()),
            keys if keys.chars().all(is_key) => Ok(Self::Keys(keys.to_owned())),
            _ => Err(
                "keys are 0 to 9, * and #; `nothing` and `hangup` are the other choices".to_owned(),
            ),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Answers(Agent);

impl FromStr for Answers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "answers" => Ok(Self(Agent::Answers)),
            "busy" => Ok(Self(Agent::Busy)),
            "no-answer" => Ok(Self(Agent::NoAnswer)),
            _ => Err("answers, busy or no-answer was expected".to_owned()),
        }
    }
}

fn part(text: &str) -> Result<f64, String> {
    let part = text.parse::<f64>().ok();
    part.filter(|part| (0.0..=1.0).contains(part))
        .ok_or_else(|| "a number from 0 to 1 was expected".to_owned())
}
