//! Whether a platform can read what a request that waits was answered.

use callhook::testing::calls::{Edition, Platform};
use callhook::testing::platform::{InteractiveCall, Step, Unreadable};

use crate::http::Answer;

/// Whether messages of this kind wait for an answer.
pub(crate) fn waits(kind: &str) -> bool {
    matches!(
        kind,
        "flow" | "answer" | "dtmf" | "routing-request" | "answer-request"
    )
}

/// The edition whose answers are read where only the platform is known.
pub(crate) fn latest(platform: Platform) -> Edition {
    match platform {
        Platform::Telecmi => Edition::Chub,
        Platform::Voipappz => Edition::Voipappz,
        _ => Edition::Piopiy2024,
    }
}

/// Reads an answer as the platform does, and says what it does then, up to what the caller or an agent does. What is not
/// 2xx is not read.
pub(crate) fn read(edition: Edition, answer: &Answer) -> Result<Vec<String>, Unreadable> {
    // A call that has asked its first question is where an answer is read.
    let Ok(mut call) = InteractiveCall::new(edition, "http://127.0.0.1/", 0) else {
        return Ok(Vec::new());
    };
    call.next_request();
    call.answered(answer.status, answer.content_type(), &answer.body)?;
    let report = call.into_report();
    let steps = report.steps().iter();
    let steps = steps.skip_while(|step| matches!(step, Step::Asked(_)));
    let steps = steps.take_while(|step| {
        !matches!(
            step,
            Step::Asked(_)
                | Step::Silence(_)
                | Step::Pressed(_)
                | Step::PressedNothing
                | Step::Answered(_)
                | Step::Busy(_)
                | Step::NotAnswered(_)
                | Step::CallerHungUp
        )
    });
    Ok(steps.map(ToString::to_string).collect())
}
