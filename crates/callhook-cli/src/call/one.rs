//! One call, whose messages are shown as they go.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use callhook::testing::calls::Encoding;
use http::Uri;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::check;
use crate::error::Error;
use crate::http::{Answer, Client, advice};
use crate::load::check_named;
use crate::out;
use crate::play::{Next, Plan, Play, Played};
use crate::style::plain;
use crate::target::Target;

pub(super) struct How {
    pub(super) encoding: Encoding,
    pub(super) speed: Option<f64>,
    pub(super) check: Option<Uri>,
    pub(super) is_json: bool,
    pub(super) owned_host: Option<String>,
}

/// What came of the messages.
#[derive(Default)]
struct Sent {
    messages: Vec<Value>,
    taken: usize,
    replayed: usize,
    refused: usize,
    unanswered: usize,
    /// Not sent: an answer named a host that may be somebody else's.
    elsewhere: usize,
    unreadable: usize,
    advice: BTreeMap<String, String>,
}

pub(super) async fn run(plan: &Plan, target: &Target, how: How) -> Result<ExitCode, Error> {
    let client = target.client(1)?;
    let mut play = plan.play(0)?;
    let edition = play.edition();
    if !how.is_json {
        out::line(format_args!("seed {}, edition {edition}", plan.seed))?;
    }
    let sent = send(&client, &mut play, target, &how).await?;
    let played = play.finish();
    let differences = match &how.check {
        Some(url) => Some(check::differences(&client, url, &played.right_answers).await?),
        None => None,
    };
    if how.is_json {
        let object = json!({
            "seed": plan.seed.0,
            "edition": edition.as_str(),
            "messages": sent.messages,
            "lost": played.lost,
            "steps": played.steps,
            "right_answers": played.right_answers,
            "differences": differences,
        });
        out::json(&object)?;
    } else {
        print(&sent, &played, differences.as_deref())?;
    }
    for (code, advice) in &sent.advice {
        out::note(format_args!("{code}: {advice}."));
    }
    let is_bad = sent.refused + sent.unanswered + sent.elsewhere + sent.unreadable > 0
        || differences.is_some_and(|differences| !differences.is_empty());
    Ok(if is_bad {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    })
}

async fn send(client: &Client, play: &mut Play, target: &Target, how: &How) -> Result<Sent, Error> {
    let mut sent = Sent::default();
    let begin = Instant::now();
    while let Some(Next { message, url }) = play.next() {
        if let Some(speed) = how.speed {
            let wait = message.after().as_secs_f64() / speed;
            let wait = Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX);
            sleep_until(begin.checked_add(wait).unwrap_or(begin)).await;
        }
        let url = url.as_deref().unwrap_or(target.webhook());
        let outgoing = target.message(url, message.sample(), how.encoding, message.event_name())?;
        let mut line = json!({
            "name": message.name(),
            "kind": message.kind(),
            "after_seconds": message.after().as_secs_f64(),
        });
        let told = match check_named(target.uri(), &outgoing.uri, how.owned_host.as_deref()) {
            Ok(()) => {
                let began = Instant::now();
                let told = |seconds| out::note(format_args!("503: sent again in {seconds} s"));
                let answer = client
                    .send_with_retries(outgoing, target.retries, told)
                    .await;
                let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
                match answer {
                    Ok(answer) => {
                        let unreadable = play.answered(&message, &answer);
                        sent.answered(&answer, milliseconds, unreadable, &mut line)
                    }
                    Err(fault) if sent.messages.is_empty() && fault.is_unreachable() => {
                        return Err(Error::new(fault));
                    }
                    Err(fault) => {
                        sent.unanswered += 1;
                        line["fault"] = fault.code.into();
                        fault.to_string()
                    }
                }
            }
            Err(elsewhere) => {
                sent.elsewhere += 1;
                line["fault"] = "elsewhere".into();
                elsewhere.to_string()
            }
        };
        if !how.is_json {
            let after = message.after().as_secs_f64();
            out::line(format_args!(
                "  +{after:7.1} s  {:24} {:7} {told}",
                message.name(),
                message.kind()
            ))?;
        }
        sent.messages.push(line);
    }
    Ok(sent)
}

impl Sent {
    /// Counts an answer, adds it to the message's JSON, and says it in words.
    fn answered(
        &mut self,
        answer: &Answer,
        milliseconds: f64,
        unreadable: Option<String>,
        line: &mut Value,
    ) -> String {
        self.count(answer, unreadable.is_some());
        line["status"] = answer.status.into();
        line["outcome"] = answer.outcome().into();
        line["milliseconds"] = milliseconds.into();
        line["unreadable"] = unreadable.as_deref().into();
        let why = unreadable.map(|unreadable| format!("  can't be read: {unreadable}"));
        let why = why.unwrap_or_default();
        format!("{:16} {milliseconds:6.1} ms{why}", answer.code())
    }

    fn count(&mut self, answer: &Answer, is_unreadable: bool) {
        let count = match answer {
            _ if answer.is_replay() => &mut self.replayed,
            _ if answer.is_success() => &mut self.taken,
            _ => &mut self.refused,
        };
        *count += 1;
        self.unreadable += usize::from(is_unreadable);
        // Copies are what was asked for.
        if !answer.is_replay()
            && let Some(advice) = advice(answer)
        {
            self.advice.insert(answer.code(), advice);
        }
    }
}

fn print(sent: &Sent, played: &Played, differences: Option<&[String]>) -> Result<(), Error> {
    let also = |count, what: &str| match count {
        0 => String::new(),
        count => format!("; {count} {what}"),
    };
    out::line(format_args!(
        "{} sent: {} handled, {} answered as replays, {} refused, {} not answered{}{}",
        sent.taken + sent.replayed + sent.refused + sent.unanswered,
        sent.taken,
        sent.replayed,
        sent.refused,
        sent.unanswered,
        also(sent.elsewhere as u64, "not sent to another host"),
        also(played.lost, "lost")
    ))?;
    if !played.steps.is_empty() {
        out::line("\nWhat happened:")?;
        for step in &played.steps {
            out::line(format_args!("  {}", plain(step)))?;
        }
    }
    let right = serde_json::to_string_pretty(&played.right_answers).map_err(Error::new)?;
    out::line(format_args!(
        "\nWhat is right of the call, once all of its messages came:\n{}",
        out::escaped(&right)
    ))?;
    match differences {
        Some([]) => out::line("\nThe server agrees."),
        Some(differences) => {
            out::line("\nThe server differs:")?;
            for difference in differences {
                out::line(format_args!("  {}", plain(difference)))?;
            }
            Ok(())
        }
        None => Ok(()),
    }
}
