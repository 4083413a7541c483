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
use crate::http::{Answer, Asked, Client, advice};
use crate::play::{Next, Plan, Play, Played};
use crate::target::Target;

pub(super) struct How {
    pub(super) encoding: Encoding,
    pub(super) speed: Option<f64>,
    pub(super) check: Option<Uri>,
    pub(super) is_json: bool,
}

/// What came of the messages.
#[derive(Default)]
struct Sent {
    messages: Vec<Value>,
    taken: usize,
    replayed: usize,
    refused: usize,
    unanswered: usize,
    unreadable: usize,
    advice: BTreeMap<String, String>,
}

pub(super) async fn run(plan: &Plan, target: &Target, how: How) -> Result<ExitCode, Error> {
    let client = target.client(1)?;
    let mut play = plan.play(0)?;
    let edition = play.edition();
    if !how.is_json {
        anstream::println!("seed {}, edition {edition}", plan.seed);
    }
    let sent = send(&client, &mut play, target, &how).await?;
    // Why comes before the rest, where that is all there is to say.
    for (code, advice) in &sent.advice {
        anstream::eprintln!("{code}: {advice}.");
    }
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
        anstream::println!("{object}");
    } else {
        print(&sent, &played, differences.as_deref())?;
    }
    let is_bad = sent.refused + sent.unanswered + sent.unreadable > 0
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
        let began = Instant::now();
        let told = |seconds| anstream::eprintln!("503: sent again in {seconds} s");
        let answer = client
            .send_with_retries(outgoing, target.retries, told)
            .await;
        let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
        let mut line = json!({
            "name": message.name(),
            "kind": message.kind(),
            "after_seconds": message.after().as_secs_f64(),
        });
        let told = match answer {
            Ok(answer) => {
                let unreadable = play.answered(&message, &answer);
                sent.count(
                    &answer,
                    unreadable.is_some(),
                    target.asked(Some(how.encoding)),
                );
                line["status"] = answer.status.into();
                line["outcome"] = answer.outcome().into();
                line["milliseconds"] = milliseconds.into();
                line["unreadable"] = unreadable.as_deref().into();
                let why = unreadable.map(|unreadable| format!("  can't be read: {unreadable}"));
                format!(
                    "{:16} {milliseconds:6.1} ms{}",
                    answer.code(),
                    why.unwrap_or_default()
                )
            }
            Err(fault) if sent.messages.is_empty() && fault.is_unreachable() => {
                return Err(Error::new(fault));
            }
            Err(fault) => {
                sent.unanswered += 1;
                line["fault"] = fault.code.into();
                fault.to_string()
            }
        };
        if !how.is_json {
            let after = message.after().as_secs_f64();
            anstream::println!(
                "  +{after:7.1} s  {:24} {:7} {told}",
                message.name(),
                message.kind()
            );
        }
        sent.messages.push(line);
    }
    Ok(sent)
}

impl Sent {
    fn count(&mut self, answer: &Answer, is_unreadable: bool, asked: Asked) {
        let count = match answer {
            _ if answer.is_replay() => &mut self.replayed,
            _ if answer.is_success() => &mut self.taken,
            _ => &mut self.refused,
        };
        *count += 1;
        self.unreadable += usize::from(is_unreadable);
        // Copies are what was asked for.
        if !answer.is_replay()
            && let Some(advice) = advice(answer, asked)
        {
            self.advice.insert(answer.code(), advice);
        }
    }
}

fn print(sent: &Sent, played: &Played, differences: Option<&[String]>) -> Result<(), Error> {
    anstream::println!(
        "{} sent: {} handled, {} answered as replays, {} refused, {} not answered{}",
        sent.messages.len(),
        sent.taken,
        sent.replayed,
        sent.refused,
        sent.unanswered,
        match played.lost {
            0 => String::new(),
            lost => format!("; {lost} lost"),
        }
    );
    if !played.steps.is_empty() {
        anstream::println!("\nWhat happened:");
        for step in &played.steps {
            anstream::println!("  {}", crate::style::plain(step));
        }
    }
    // A server that took nothing has nothing to compare it with.
    if sent.taken + sent.replayed > 0 || sent.messages.is_empty() {
        let right = serde_json::to_string_pretty(&played.right_answers).map_err(Error::new)?;
        anstream::println!("\nWhat is right of the call, once all of its messages came:\n{right}");
    }
    match differences {
        Some([]) => anstream::println!("\nThe server has it so."),
        Some(differences) => {
            anstream::println!("\nThe server has it otherwise:");
            for difference in differences {
                anstream::println!("  {}", crate::style::plain(difference));
            }
        }
        None => {}
    }
    Ok(())
}
