//! The actions of an answer, as the vendor's table has them.

use serde_json::Value;

use crate::testing::platform::Step;
use crate::testing::platform::json::{Member, Unreadable};

pub(super) enum Action {
    Play(String),
    Speak(String),
    Note(String),
    Record,
    Stream(String),
    Input(Input),
    Dial(Dial),
    HangUp,
}

pub(super) struct Input {
    /// What the caller hears first.
    pub(super) prompt: Option<Step>,
    pub(super) most_keys: usize,
    pub(super) attempts: u64,
    pub(super) seconds: u64,
    pub(super) then: NextStep,
}

/// What goes on with the call once there are keys.
pub(super) enum NextStep {
    /// A request to this URL.
    Ask(String),
    /// A pipeline of the account.
    GoTo(String),
}

pub(super) struct Dial {
    pub(super) destinations: Vec<Destination>,
    pub(super) rounds: u64,
    pub(super) seconds: u64,
    /// For how many seconds they may talk at most.
    pub(super) duration: u64,
}

#[derive(Clone)]
pub(super) struct Destination {
    pub(super) name: String,
    pub(super) value: Value,
}

impl Action {
    /// Whether the call is answered for it.
    pub(super) fn is_heard(&self) -> bool {
        !matches!(self, Self::Note(_) | Self::Dial(_) | Self::HangUp)
    }
}

/// One action of the legacy vocabulary.
pub(super) fn read(action: &Member<'_>) -> Result<Action, Unreadable> {
    let name = action.get("action");
    Ok(match name.text()? {
        "play" => Action::Play(file(action)?),
        "speak" => Action::Speak(action.get("text").text()?.to_owned()),
        "param" => Action::Note(action.get("text").text()?.to_owned()),
        "record" => Action::Record,
        "hangup" => Action::HangUp,
        "input" => Action::Input(input(action, None)?),
        "play_get_input" => {
            let prompt = Step::Played(file(action)?);
            Action::Input(input(action, Some(prompt))?)
        }
        "bridge" => Action::Dial(dial(action, &action.get("connect"))?),
        "connect" => {
            action.get("record").flag_or(false)?;
            let call = action.get("call");
            let whom = if call.is_missing() {
                action.get("connect")
            } else {
                call
            };
            Action::Dial(dial(action, &whom)?)
        }
        "stream" => Action::Stream(stream(action)?),
        _ => return Err(name.unreadable("the name of an action")),
    })
}

fn file(action: &Member<'_>) -> Result<String, Unreadable> {
    let name = action.get("file_name");
    let url = action.get("file_url");
    if name.is_missing() && !url.is_missing() {
        return Ok(http_url(&url)?.to_owned());
    }
    Ok(name.text()?.to_owned())
}

fn input(action: &Member<'_>, prompt: Option<Step>) -> Result<Input, Unreadable> {
    let url = http_url(&action.get("action_url"))?.to_owned();
    let most_keys = action.get("max_digit").count_or(1)?.clamp(1, 100);
    Ok(Input {
        prompt,
        most_keys: usize::try_from(most_keys).unwrap_or(1),
        attempts: action.get("max_retry").count_or(1)?.clamp(1, 100),
        seconds: action.get("timeout").count_or(5)?.min(MOST_SECONDS),
        then: NextStep::Ask(url),
    })
}

fn dial(action: &Member<'_>, whom: &Member<'_>) -> Result<Dial, Unreadable> {
    number(&action.get("from"))?;
    action.get("ring_type").text_if_any()?;
    let destinations = whom.some_items("an array of whom to call")?;
    let destinations = destinations.iter().map(destination);
    Ok(Dial {
        destinations: destinations.collect::<Result<_, _>>()?,
        rounds: action.get("loop").count_or(1)?.clamp(1, 100),
        seconds: action.get("timeout").count_or(40)?.min(MOST_SECONDS),
        duration: action.get("duration").count_or(5400)?,
    })
}

fn destination(whom: &Member<'_>) -> Result<Destination, Unreadable> {
    whom.object()?;
    let kind = whom.get("type");
    match kind.one_of(&["pstn", "sip"], r#""pstn" or "sip""#)? {
        "pstn" => Ok(Destination::number(number(&whom.get("number"))?)),
        _ => Ok(Destination::user(whom.get("user").name()?)),
    }
}

impl Destination {
    pub(super) fn number(number: u64) -> Self {
        Self {
            name: number.to_string(),
            value: number.into(),
        }
    }

    pub(super) fn user(name: String) -> Self {
        Self {
            value: Value::from(name.clone()),
            name,
        }
    }
}

fn stream(action: &Member<'_>) -> Result<String, Unreadable> {
    let expected = "a URL that begins with ws:// or wss://";
    let url = action.get("ws_url").url(["ws", "wss"], expected)?;
    let (mode, quality) = (action.get("listen_mode"), action.get("voice_quality"));
    if !mode.is_missing() {
        mode.one_of(
            &["caller", "callee", "both"],
            r#""caller", "callee" or "both""#,
        )?;
    }
    if !quality.is_missing() {
        quality.one_of(&["8000", "16000"], r#""8000" or "16000""#)?;
    }
    action.get("stream_on_answer").flag_or(false)?;
    Ok(url.to_owned())
}

/// A phone number, which is a JSON number here.
pub(super) fn number(member: &Member<'_>) -> Result<u64, Unreadable> {
    let expected = "a number of digits, not as text";
    match member.whole_number(expected)? {
        0 => Err(member.unreadable(expected)),
        number => Ok(number),
    }
}

pub(super) fn http_url<'a>(member: &Member<'a>) -> Result<&'a str, Unreadable> {
    let expected = "a URL that begins with http:// or https://";
    member.url(["http", "https"], expected)
}

/// A phone rings for an hour at most.
pub(super) const MOST_SECONDS: u64 = 3600;
