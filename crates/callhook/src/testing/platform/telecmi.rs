//! TeleCMI's HTTP call flow: one request, and then the call that its answer makes.

use serde_json::Value;

use super::json::{Member, Unreadable};
use super::ringing::ring;
use super::script::Agent;
use super::stage::Stage;
use super::step::Step;
use crate::testing::calls::cast;
use crate::testing::calls::plot::{Ending, Plot};
use crate::testing::calls::random::Random;
use crate::testing::calls::telecmi::report;
use crate::testing::calls::{CallMessage, Edition, RightAnswers, Scenario};

pub(super) struct Course {
    /// Of all that is random in the call's messages, so that those of the request are those of the call.
    seed: u64,
    talk: u64,
    is_recorded: bool,
    right_answers: RightAnswers,
}

/// What the answer says.
enum Flow {
    Ring(Ringing),
    /// `ivr` or `team`, and the name.
    SendTo(&'static str, String),
}

struct Ringing {
    agents: Vec<Called>,
    rounds: u64,
    seconds: u64,
    music: Option<String>,
}

/// The id and the number, of which there is one at least.
struct Called {
    id: Option<String>,
    phone: Option<u64>,
}

impl Course {
    pub(super) fn begin(stage: &mut Stage) -> Self {
        let seed = stage.random.bits();
        let (messages, right_answers) = play(stage, seed, &silent());
        let flow = messages
            .into_iter()
            .find(|message| message.kind() == "flow");
        if let Some(flow) = flow {
            stage.ask(flow, None);
        }
        Self {
            seed,
            talk: stage.random.between(8, 600),
            is_recorded: stage.random.bool(),
            right_answers,
        }
    }

    pub(super) fn answered(&mut self, stage: &mut Stage, body: &Value) -> Result<(), Unreadable> {
        match read(stage.edition, &Member::whole(body))? {
            Flow::Ring(ringing) => self.ring(stage, ringing, None),
            Flow::SendTo(action, name) => {
                stage.step(Step::SentTo {
                    action: action.to_owned(),
                    name: name.clone(),
                });
                let agents = stage.cast.agents.iter().map(|agent| Called {
                    id: Some(format!("{}_{}", agent.extension, stage.cast.app_id)),
                    phone: Some(agent.phone),
                });
                let ringing = Ringing {
                    agents: agents.collect(),
                    rounds: 1,
                    seconds: SECONDS,
                    music: None,
                };
                self.ring(stage, ringing, Some((action, name)));
            }
        }
        Ok(())
    }

    /// The caller hears nothing, and hangs up.
    pub(super) fn silence(&mut self, stage: &mut Stage) {
        self.report(stage, &silent(), &[], None);
    }

    pub(super) fn right_answers(&self, _: &Stage) -> RightAnswers {
        self.right_answers.clone()
    }

    fn ring(
        &mut self,
        stage: &mut Stage,
        ringing: Ringing,
        sent_to: Option<(&'static str, String)>,
    ) {
        let Ringing {
            agents,
            rounds,
            seconds,
            music,
        } = ringing;
        if let Some(file) = music {
            stage.step(Step::Played(file));
        }
        let names: Vec<String> = agents.iter().map(Called::name).collect();
        let cast = agents.into_iter().zip(0_u64..).map(|(agent, index)| {
            let made_up = stage.cast.agents.first();
            cast::Agent {
                extension: 0,
                name: "",
                phone: agent
                    .phone
                    .unwrap_or_else(|| made_up.map_or(0, |agent| agent.phone) + index),
                user: Some(agent.id.unwrap_or_default()),
            }
        });
        stage.cast.agents = cast.collect();
        stage.step(Step::Rang {
            agents: names.clone(),
            rounds,
            seconds,
        });
        let scripts = stage.next_agents(names.len());
        let is_gone = stage.caller.is_gone_while_ringing;
        let mut rung = ring(&scripts, 2, rounds.saturating_mul(seconds), is_gone);
        for (index, (name, agent)) in names.iter().zip(&scripts).enumerate() {
            stage.steps.extend(match agent {
                Agent::Busy => Some(Step::Busy(name.clone())),
                _ if rung.answered == Some(index) => Some(Step::Answered(name.clone())),
                _ if rung.answered.is_some() || rung.is_caller_gone => None,
                _ => Some(Step::NotAnswered(name.clone())),
            });
        }
        let mut end = rung.end + 1;
        let ending = match rung.answered {
            Some(index) => {
                end = rung.end + self.talk;
                if let Some(ring) = rung.rings.get_mut(index) {
                    ring.until = end;
                }
                Ending::Talked {
                    customer_hung_up: true,
                }
            }
            None if rung.is_caller_gone => {
                end = rung.end;
                Ending::Abandoned
            }
            None => Ending::Missed,
        };
        stage.step(match ending {
            Ending::Missed => Step::PlatformHungUp,
            _ => Step::CallerHungUp,
        });
        let plot = Plot {
            scenario: Scenario::InboundIvr,
            agents: rung.rings,
            customer: None,
            ending,
            end,
            waited: rung.end,
            is_recorded: self.is_recorded && rung.answered.is_some(),
        };
        self.report(stage, &plot, &scripts, sent_to);
    }

    /// Sends the messages of the call that came of it.
    fn report(
        &mut self,
        stage: &mut Stage,
        plot: &Plot,
        agents: &[Agent],
        sent_to: Option<(&'static str, String)>,
    ) {
        let (messages, right_answers) = play(stage, self.seed, plot);
        self.right_answers = right_answers;
        for mut message in messages {
            if message.kind() == "flow" {
                continue;
            }
            if message.sample().text("ivr_name").is_some() {
                message = match &sent_to {
                    Some(("ivr", name)) => {
                        message.with("ivr_name", name.split('@').next().unwrap_or_default())
                    }
                    _ => message.without("ivr_name"),
                };
            }
            if let (Some(("team", name)), true) =
                (&sent_to, message.sample().text("team").is_some())
            {
                message = message.with("team", name);
            }
            if message.sample().text("hangup_reason").is_some()
                && is_of_busy(message.name(), agents)
            {
                message = message.with("hangup_reason", "sent_reject");
            }
            stage.notify(message);
        }
    }
}

impl Called {
    fn name(&self) -> String {
        match (&self.id, self.phone) {
            (Some(id), _) => id.clone(),
            (None, phone) => phone.unwrap_or_default().to_string(),
        }
    }
}

/// The messages of a call and its request, and what is right to answer of it.
fn play(stage: &Stage, seed: u64, plot: &Plot) -> (Vec<CallMessage>, RightAnswers) {
    // Without a reason of the hangup it can't be told from a miss.
    let is_untold = stage.edition == Edition::ChubIndia && plot.ending == Ending::Abandoned;
    let (script, answers) = report(plot, &stage.cast, stage.edition, &mut Random::new(seed));
    let answers = RightAnswers {
        ids: script.ids(),
        messages: script.different(),
        ..answers
    };
    let answers = if is_untold {
        answers.with_outcome("missed")
    } else {
        answers
    };
    (script.into_messages(), answers)
}

/// Nobody's phone rings.
fn silent() -> Plot {
    Plot {
        scenario: Scenario::InboundIvr,
        agents: Vec::new(),
        customer: None,
        ending: Ending::Abandoned,
        end: 10,
        waited: 10,
        is_recorded: false,
    }
}

/// Whether a record is that of an agent whose line was busy: `cdr-b`, `cdr-b2`, ..
fn is_of_busy(name: &str, agents: &[Agent]) -> bool {
    let index = match name.strip_prefix("cdr-b") {
        Some("") => Some(0),
        Some(number) => number
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1)),
        None => None,
    };
    index.and_then(|index| agents.get(index)) == Some(&Agent::Busy)
}

fn read(edition: Edition, body: &Member<'_>) -> Result<Flow, Unreadable> {
    body.object()?;
    let action = body.get("action");
    // CHUB India knows none.
    if edition != Edition::ChubIndia && !action.is_missing() {
        let known = action.one_of(&["ivr", "team"], r#""ivr" or "team""#)?;
        let name = body.get("name").text()?.to_owned();
        let action = if known == "ivr" { "ivr" } else { "team" };
        return Ok(Flow::SendTo(action, name));
    }
    let code = body.get("code");
    if code.whole_number("200")? != 200 {
        return Err(code.unreadable("200"));
    }
    let agents = body.get("result").some_items("an array of agents")?;
    let agents = agents.iter().map(|agent| {
        agent.object()?;
        let id = agent.get("agent_id").text_if_any()?.map(str::to_owned);
        let phone = agent.get("phone");
        let phone = match phone.text_if_any()? {
            None if id.is_none() => return Err(phone.unreadable("a text of digits")),
            None => None,
            Some(text) => {
                let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
                let number = text.parse().ok().filter(|_| is_digits);
                Some(number.ok_or_else(|| phone.unreadable("a text of digits"))?)
            }
        };
        Ok(Called { id, phone })
    });
    let agents = agents.collect::<Result<_, Unreadable>>()?;
    let rounds = body.get("loop").count_or(1)?.clamp(1, 100);
    let mut seconds = SECONDS;
    let music = body.get("welcome_music").text_if_any()?;
    body.get("waiting_music").text_if_any()?;
    if edition != Edition::ChubIndia {
        seconds = body.get("timeout").count_or(SECONDS)?.min(3600);
        body.get("followme").flag_or(false)?;
        body.get("hangup").flag_or(false)?;
    }
    Ok(Flow::Ring(Ringing {
        agents,
        rounds,
        seconds,
        music: music.map(str::to_owned),
    }))
}

/// How long a phone rings, where the answer doesn't say.
const SECONDS: u64 = 30;
