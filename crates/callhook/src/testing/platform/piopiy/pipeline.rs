//! The actions of the API of 2026, with its own table.

use super::actions::{Action, Destination, Dial, Input, MOST_SECONDS, NextStep, http_url, number};
use crate::testing::platform::Step;
use crate::testing::platform::json::{Member, Unreadable};

/// Whether an action has a member that only this API knows.
pub(super) fn is_of_pipeline(action: &Member<'_>) -> bool {
    ["endpoints", "params", "on_result", "data", "prompt"]
        .iter()
        .any(|name| !action.get(name).is_missing())
}

pub(super) fn read(action: &Member<'_>) -> Result<Action, Unreadable> {
    let name = action.get("action");
    Ok(match name.text()? {
        "play" => Action::Play(action.get("file_name").text()?.to_owned()),
        "param" => {
            let data = action.get("data");
            data.object()?;
            Action::Note(data.json())
        }
        "record" => Action::Record,
        "hangup" => Action::HangUp,
        "input" => Action::Input(input(action, None)?),
        "play_get_input" => {
            let prompt = prompt(&action.get("prompt"))?;
            let expected = r#"an array of "dtmf" and "speech""#;
            for kind in action.get("input").some_items(expected)? {
                kind.one_of(&["dtmf", "speech"], r#""dtmf" or "speech""#)?;
            }
            Action::Input(input(action, Some(prompt))?)
        }
        "connect" => Action::Dial(connect(action)?),
        _ => return Err(name.unreadable("the name of an action of the pipeline")),
    })
}

fn input(action: &Member<'_>, prompt: Option<Step>) -> Result<Input, Unreadable> {
    let on_result = action.get("on_result");
    on_result.object()?;
    let kind = on_result.get("type");
    let then = match kind.one_of(&["pcmo", "url"], r#""pcmo" or "url""#)? {
        "url" => NextStep::Ask(http_url(&on_result.get("url"))?.to_owned()),
        _ => NextStep::GoTo(on_result.get("ref").text()?.to_owned()),
    };
    let dtmf = action.get("dtmf");
    let most_keys = dtmf.get("max_digits").count_or(1)?.clamp(1, 100);
    let seconds = dtmf.get("first_digit_timeout").count_or(5)?;
    let retries = action.get("retries").get("max").count_or(0)?;
    Ok(Input {
        prompt,
        most_keys: usize::try_from(most_keys).unwrap_or(1),
        attempts: retries.min(99) + 1,
        seconds: seconds.min(MOST_SECONDS),
        then,
    })
}

fn prompt(prompt: &Member<'_>) -> Result<Step, Unreadable> {
    prompt.object()?;
    let kind = prompt.get("type");
    match kind.one_of(&["file", "say"], r#""file" or "say""#)? {
        "file" => Ok(Step::Played(prompt.get("file_name").text()?.to_owned())),
        _ => {
            prompt.get("language").text()?;
            prompt.get("voice_id").text()?;
            Ok(Step::Spoke(prompt.get("say").text()?.to_owned()))
        }
    }
}

fn connect(action: &Member<'_>) -> Result<Dial, Unreadable> {
    let params = action.get("params");
    params.object()?;
    let caller_id = params.get("caller_id");
    if caller_id.name().is_err() {
        return Err(caller_id.unreadable("a phone number"));
    }
    let strategy = params.get("strategy");
    if !strategy.is_missing() {
        let expected = r#""simultaneous" or "sequential""#;
        strategy.one_of(&["simultaneous", "sequential"], expected)?;
    }
    let options = params.get("options");
    let seconds = in_range(&options.get("ring_timeout_sec"), 40, 5, 120, "5 to 120")?;
    let duration = in_range(
        &options.get("max_duration_sec"),
        5400,
        10,
        7200,
        "10 to 7200",
    )?;
    let endpoints = action
        .get("endpoints")
        .some_items("an array of whom to call")?;
    let endpoints = endpoints.iter().map(endpoint);
    Ok(Dial {
        destinations: endpoints.collect::<Result<_, _>>()?,
        rounds: 1,
        seconds,
        duration,
    })
}

fn in_range(
    member: &Member<'_>,
    default: u64,
    least: u64,
    most: u64,
    expected: &'static str,
) -> Result<u64, Unreadable> {
    let value = member.count_or(default)?;
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(member.unreadable(expected))
    }
}

fn endpoint(whom: &Member<'_>) -> Result<Destination, Unreadable> {
    whom.object()?;
    let kind = whom.get("type");
    let expected = r#""pstn", "sip" or "agent""#;
    match kind.one_of(&["pstn", "sip", "agent"], expected)? {
        "pstn" => {
            let to = whom.get("number");
            match to
                .name()
                .ok()
                .and_then(|text| text.trim_start_matches('+').parse().ok())
            {
                Some(digits) => Ok(Destination::number(digits)),
                None => number(&to).map(Destination::number),
            }
        }
        "sip" => Ok(Destination::user(whom.get("uri").name()?)),
        _ => Ok(Destination::user(whom.get("id").name()?)),
    }
}
