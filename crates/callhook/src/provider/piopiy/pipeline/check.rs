//! Rules 1 to 3 of the module: what PIOPIY could not read.

use serde_json::Value;

use crate::answer::{InvalidReply, Place};

type Checked = Result<(), InvalidReply>;

/// The actions of a list that can be read.
pub(super) fn actions<'v>(list: &Place<'v>) -> Result<&'v [Value], InvalidReply> {
    let expected = "an array of one action or more";
    let (actions, places) = list.array(expected)?;
    if actions.is_empty() {
        return Err(list.fault(expected));
    }
    places.iter().try_for_each(action)?;
    Ok(actions)
}

fn action(action: &Place<'_>) -> Checked {
    action.object()?;
    action.member("action").text()?;
    match action.member("action").as_text() {
        Some("connect") => connect(action),
        Some("play") => action.member("file_name").text(),
        Some("param") => {
            let data = action.member("data");
            data.object_of(10, "an object with ten members at most")
        }
        Some("record") => format(action),
        Some("play_get_input") => {
            prompt(&action.member("prompt"))?;
            for mode in action.member("input").items("dtmf, speech, or both")? {
                mode.text()?;
            }
            action.member("retries").if_any(retries)?;
            input(action)
        }
        Some("input") => input(action),
        _ => Ok(()),
    }
}

fn connect(action: &Place<'_>) -> Checked {
    let params = action.member("params");
    params.object()?;
    params.member("caller_id").digits()?;
    params.member("strategy").if_any(Place::text)?;
    params.member("metadata").if_any(Place::object)?;
    params.member("options").if_any(|options| {
        options.object()?;
        let (duration, ring) = (
            options.member("max_duration_sec"),
            options.member("ring_timeout_sec"),
        );
        duration.if_any(|seconds| seconds.whole_in(10..=7200, "10 to 7200 seconds"))?;
        ring.if_any(|seconds| seconds.whole_in(5..=120, "5 to 120 seconds"))?;
        options.member("machine_detection").if_any(Place::flag)?;
        options.member("waiting_music").if_any(Place::text)?;
        options.member("recording").if_any(|recording| {
            recording.object()?;
            recording.member("enabled").if_any(Place::flag)?;
            format(recording)
        })
    })?;
    let endpoints = action.member("endpoints");
    for endpoint in endpoints.items("one endpoint or more")? {
        endpoint.object()?;
        let kind = endpoint.member("type");
        kind.text()?;
        match kind.as_text() {
            Some("pstn") => endpoint.member("number").digits()?,
            Some("sip") => endpoint.member("uri").text()?,
            Some("agent") => endpoint.member("id").text()?,
            _ => {}
        }
        endpoint.member("headers").if_any(Place::object)?;
    }
    Ok(())
}

fn format(place: &Place<'_>) -> Checked {
    place.member("format").if_any(Place::text)?;
    place.member("channels").if_any(Place::text)
}

fn input(action: &Place<'_>) -> Checked {
    let on_result = action.member("on_result");
    on_result.object()?;
    on_result.member("type").text()?;
    match on_result.member("type").as_text() {
        Some("pcmo") => on_result.member("ref").text()?,
        Some("url") => on_result.member("url").http_url()?,
        _ => {}
    }
    action.member("dtmf").if_any(|dtmf| {
        dtmf.object()?;
        for count in [
            "min_digits",
            "max_digits",
            "first_digit_timeout",
            "inter_digit_timeout",
        ] {
            dtmf.member(count).if_any(Place::count)?;
        }
        dtmf.member("finish_on_key").if_any(Place::text)?;
        dtmf.member("flush_buffer").if_any(Place::flag)
    })
}

fn retries(retries: &Place<'_>) -> Checked {
    retries.object()?;
    retries.member("max").if_any(Place::count)?;
    retries.member("no_input_prompt").if_any(prompt)?;
    retries.member("invalid_prompt").if_any(prompt)
}

fn prompt(prompt: &Place<'_>) -> Checked {
    prompt.object()?;
    let kind = prompt.member("type");
    kind.text()?;
    match kind.as_text() {
        Some("file") => prompt.member("file_name").text(),
        Some("say") => {
            for text in ["say", "language", "voice_id"] {
                prompt.member(text).text()?;
            }
            prompt.member("speed").number_in(0.5..=2.0, "0.5 to 2")
        }
        _ => Ok(()),
    }
}
