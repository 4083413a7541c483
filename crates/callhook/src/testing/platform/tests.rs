//! Applications that answer, and what the platform makes of it.

mod answers;
mod steps;
mod unreadable;

use super::*;
use crate::testing::calls::Edition;

const WEBHOOK: &str = "https://app.example/hook?token=t";
const ASKING: [Edition; 6] = [
    Edition::Chub,
    Edition::ChubLive,
    Edition::ChubIndia,
    Edition::Piopiy2024,
    Edition::Piopiy2022,
    Edition::PiopiyIndia,
];

const MENU: &str = r#"[{"action": "param", "text": "order 7"},
    {"action": "play_get_input", "file_name": "menu.wav", "action_url": "https://app.example/keys?token=t", "max_retry": 2}]"#;
const BRIDGE: &str = r#"[{"action": "speak", "text": "One moment."},
    {"action": "bridge", "from": 911203000000, "connect": [{"type": "pstn", "number": 919000000001}, {"type": "pstn", "number": 919000000002}],
     "timeout": 20, "loop": 2}, {"action": "hangup"}]"#;
const RING: &str = r#"{"code": 200, "result": [{"agent_id": "101_1111112", "phone": "919000000001"}, {"phone": "919000000002"}],
    "loop": 2, "timeout": 20, "welcome_music": "hello.wav"}"#;

/// A menu with one choice, and the answer to TeleCMI's flow.
fn menu(request: &PlatformRequest) -> &'static str {
    let json = request.json();
    match request.message().kind() {
        "flow" => RING,
        "answer" => MENU,
        "dtmf" if json.contains(r#""dtmf":"1""#) => BRIDGE,
        "dtmf" => r#"[{"action": "hangup"}]"#,
        _ => "",
    }
}

fn call(edition: Edition, seed: u64) -> InteractiveCall {
    InteractiveCall::new(edition, WEBHOOK, seed).expect("an edition that asks")
}

/// What came of a call whose application answers so.
fn drive(
    mut call: InteractiveCall,
    mut answer: impl FnMut(&PlatformRequest) -> &'static str,
) -> Report {
    while let Some(request) = call.next_request() {
        let body = answer(&request);
        let content_type = request
            .awaits_answer()
            .then_some("application/json; charset=utf-8");
        let answered = call.answered(200, content_type, body.as_bytes());
        if let Err(unreadable) = answered {
            assert!(request.awaits_answer(), "{unreadable}");
        }
    }
    call.into_report()
}
