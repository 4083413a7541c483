//! Rule 3 of the module: what PIOPIY could not read.

use serde_json::Value;

use crate::answer::{InvalidReply, Place};

type Checked = Result<(), InvalidReply>;

/// The actions of a list that can be read.
pub(super) fn actions<'v>(list: &Place<'v>) -> Result<&'v [Value], InvalidReply> {
    let (actions, places) = list.array("an array of actions")?;
    places.iter().try_for_each(action)?;
    Ok(actions)
}

fn action(action: &Place<'_>) -> Checked {
    action.object()?;
    action.member("action").text()?;
    match action.member("action").as_text() {
        Some("play") => file(action),
        Some("speak" | "param") => action.member("text").text(),
        Some("bridge") => {
            dial(action)?;
            destinations(&action.member("connect"))
        }
        Some("connect") => {
            dial(action)?;
            action.member("record").if_any(Place::flag)?;
            action.member("call_type").if_any(Place::text)?;
            action.member("call").if_any(destinations)?;
            let connect = action.member("connect");
            match action.member("call").is_missing() {
                true => destinations(&connect),
                false => connect.if_any(destinations),
            }
        }
        Some("input") => input(action),
        Some("play_get_input") => {
            input(action)?;
            file(action)
        }
        Some("stream") => {
            action.member("ws_url").ws_url()?;
            action.member("listen_mode").if_any(Place::text)?;
            action.member("voice_quality").if_any(Place::text)?;
            action.member("stream_on_answer").if_any(Place::flag)
        }
        _ => Ok(()),
    }
}

fn file(action: &Place<'_>) -> Checked {
    let (name, url) = (action.member("file_name"), action.member("file_url"));
    if name.is_missing() && url.is_missing() {
        return Err(name.fault("a text, since file_url is missing"));
    }
    name.if_any(Place::text)?;
    url.if_any(Place::http_url)
}

fn dial(action: &Place<'_>) -> Checked {
    action.member("from").phone_number()?;
    for count in ["duration", "timeout", "loop"] {
        action.member(count).if_any(Place::count)?;
    }
    action.member("ring_type").if_any(Place::text)
}

fn destinations(list: &Place<'_>) -> Checked {
    for to in list.items("somebody to call, or more")? {
        to.object()?;
        to.member("type").text()?;
        match to.member("type").as_text() {
            Some("pstn") => to.member("number").phone_number()?,
            Some("sip") => to.member("user").text_or_count()?,
            _ => {}
        }
    }
    Ok(())
}

fn input(action: &Place<'_>) -> Checked {
    action.member("action_url").http_url()?;
    for count in ["max_digit", "timeout", "max_retry"] {
        action.member(count).if_any(Place::count)?;
    }
    Ok(())
}
