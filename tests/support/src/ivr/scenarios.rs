//! What callers do and hear.

use std::time::Duration;

use callhook::answer::ReplyBody;
use callhook::piopiy::{self, Piopiy, pcmo};
use callhook::telecmi::{self, Telecmi, flow};
use callhook::testing::calls::{Edition, Platform};
use callhook::testing::platform::{Agent, Caller, InteractiveCall, Report};
use callhook::{Endpoint, EndpointBuilder};

use super::app::Trouble;
use super::drive::{WEBHOOK, drive};
use super::{Ivr, IvrAdapter, IvrEvent};
use crate::conformance::Mount;
use crate::{TOKEN, listen, within};

const MOUNTS: [Mount; 3] = [Mount::Layered, Mount::Detached, Mount::GuardedWebhook];
const PIOPIY: [Edition; 3] = [
    Edition::Piopiy2024,
    Edition::Piopiy2022,
    Edition::PiopiyIndia,
];
const TELECMI: [Edition; 3] = [Edition::Chub, Edition::ChubLive, Edition::ChubIndia];

const ASKED: &str = "asks: answer\nnotes: order 7\nplays menu.wav\n";
const CONNECTED: &str =
    "the caller presses 1\nasks: dtmf\nsays: One moment.\nrings 919000000001 for 40 s\n";
const RUNG: &str = "asks: flow\nrings 101_1111112 and 102_1111112 for 2 times 20 s\n";
const SORRY: &str = "says: Sorry.\nthe platform hangs up";

/// What the endpoint does for a caller whose handler fails.
#[derive(Clone, Copy)]
enum Fallback {
    None,
    /// The handler has all the time that it needs.
    Patient,
    /// A handler that waits at all takes too long.
    Impatient,
}

fn endpoint<E: IvrEvent>(
    builder: EndpointBuilder<E>,
    fallback: Fallback,
    sorry: impl Into<ReplyBody>,
) -> Endpoint<E> {
    listen();
    let builder = builder.query_token("token", TOKEN);
    let builder = match fallback {
        Fallback::None => builder,
        Fallback::Patient => builder
            .fallback(sorry)
            .answer_within(Duration::from_secs(600)),
        Fallback::Impatient => builder
            .fallback(sorry)
            .answer_within(Duration::from_millis(1)),
    };
    builder.build().expect("a valid configuration")
}

/// One call, and its trouble.
struct Case {
    edition: Edition,
    mount: Mount,
    caller: Caller,
    agent: Agent,
    trouble: Option<(&'static str, Trouble)>,
    fallback: Fallback,
}

impl Case {
    fn new(edition: Edition, caller: Caller) -> Self {
        Self {
            edition,
            mount: Mount::Layered,
            caller,
            agent: Agent::Answers,
            trouble: None,
            fallback: Fallback::None,
        }
    }

    /// Drives it, and checks that every notification was taken and that the book has the call as it was.
    async fn run(self, adapter: &impl IvrAdapter) -> Report {
        match self.edition.platform() {
            Platform::Telecmi => {
                let sorry = flow::Reply::ivr("sorry@1111112");
                let sorry = match self.edition {
                    // CHUB India knows no menus.
                    Edition::ChubIndia => flow::Reply::ring([("109_1111112", "919000000009")])
                        .build()
                        .expect("a reply"),
                    _ => sorry,
                };
                let endpoint: Endpoint<telecmi::Event> =
                    endpoint(Endpoint::builder(Telecmi), self.fallback, sorry);
                self.run_at(adapter, endpoint).await
            }
            _ => {
                let sorry = pcmo::Reply::builder().speak("Sorry.").hangup().build();
                let builder = Endpoint::builder(Piopiy);
                let endpoint: Endpoint<piopiy::Event> =
                    endpoint(builder, self.fallback, sorry.expect("a reply"));
                self.run_at(adapter, endpoint).await
            }
        }
    }

    async fn run_at<E: IvrEvent>(self, adapter: &impl IvrAdapter, endpoint: Endpoint<E>) -> Report {
        let ivr = Ivr::default();
        if let Some((kind, trouble)) = self.trouble {
            ivr.plan(kind, trouble);
        }
        let server = adapter
            .serve_ivr(endpoint.clone(), ivr.clone(), self.mount)
            .await;
        let call = InteractiveCall::new(self.edition, WEBHOOK, 7)
            .expect("an edition that asks")
            .with_caller(self.caller)
            .with_agents([self.agent]);
        let report = drive(&server, call).await;

        let name = format!("{} {:?}\n{report}", self.edition, self.mount);
        assert_eq!(report.refused_notifications(), 0, "{name}");
        assert!(report.notifications() > 0, "{name}");
        let calls = ivr.book().calls();
        assert_eq!(calls.len(), 1, "{name}");
        let told = calls[0].call.answers();
        assert_eq!(report.right_answers().differences(&told), [""; 0], "{name}");
        within("no claim", endpoint.idle()).await;
        report
    }
}

fn assert_steps(report: &Report, expected: &str, edition: Edition) {
    assert_eq!(report.to_string(), expected, "{edition}");
}

pub(super) async fn a_caller_who_presses_the_digit_talks_to_the_agent(adapter: &impl IvrAdapter) {
    for edition in PIOPIY {
        for mount in MOUNTS {
            let caller = Caller::default().presses("1");
            let case = Case {
                mount,
                ..Case::new(edition, caller)
            };
            let report = case.run(adapter).await;
            let talked = "919000000001 answers\nthe caller hangs up";
            assert_steps(&report, &format!("{ASKED}{CONNECTED}{talked}"), edition);
            assert_eq!(report.right_answers().outcome, Some("answered"));
        }
    }
}

pub(super) async fn a_caller_who_presses_a_wrong_digit_is_hung_up_on(adapter: &impl IvrAdapter) {
    for edition in PIOPIY {
        let caller = Caller::default().presses("9");
        let report = Case::new(edition, caller).run(adapter).await;
        let hung_up = "the caller presses 9\nasks: dtmf\nthe platform hangs up";
        assert_steps(&report, &format!("{ASKED}{hung_up}"), edition);
    }
}

pub(super) async fn a_caller_who_presses_nothing_is_asked_once_more_and_hung_up_on(
    adapter: &impl IvrAdapter,
) {
    for edition in PIOPIY {
        let report = Case::new(edition, Caller::default()).run(adapter).await;
        let nothing = "the caller presses nothing\n";
        let expected =
            format!("{ASKED}{nothing}plays menu.wav\n{nothing}asks: dtmf\nthe platform hangs up");
        assert_steps(&report, &expected, edition);
    }
}

pub(super) async fn a_caller_may_hang_up_in_the_menu_and_while_the_phone_rings(
    adapter: &impl IvrAdapter,
) {
    for edition in PIOPIY {
        let report = Case::new(edition, Caller::default().hangs_up())
            .run(adapter)
            .await;
        assert_steps(&report, &format!("{ASKED}the caller hangs up"), edition);
        let caller = Caller::default().presses("1").hangs_up_while_ringing();
        let report = Case::new(edition, caller).run(adapter).await;
        assert_steps(
            &report,
            &format!("{ASKED}{CONNECTED}the caller hangs up"),
            edition,
        );
        assert_eq!(report.right_answers().outcome, Some("missed"));
    }
    for edition in TELECMI {
        let caller = Caller::default().hangs_up_while_ringing();
        let report = Case::new(edition, caller).run(adapter).await;
        assert!(
            report.to_string().ends_with(" s\nthe caller hangs up"),
            "{report}"
        );
        // India's records don't say who hung up.
        let outcome = if edition == Edition::ChubIndia {
            "missed"
        } else {
            "abandoned"
        };
        assert_eq!(report.right_answers().outcome, Some(outcome));
    }
}

pub(super) async fn an_agent_whose_line_is_busy_or_who_does_not_answer_leaves_the_call_missed(
    adapter: &impl IvrAdapter,
) {
    for edition in PIOPIY {
        for (agent, came) in [
            (Agent::Busy, "is busy"),
            (Agent::NoAnswer, "does not answer"),
        ] {
            let caller = Caller::default().presses("1");
            let case = Case {
                agent,
                ..Case::new(edition, caller)
            };
            let report = case.run(adapter).await;
            let missed = format!("919000000001 {came}\nthe platform hangs up");
            assert_steps(&report, &format!("{ASKED}{CONNECTED}{missed}"), edition);
            assert_eq!(report.right_answers().outcome, Some("missed"));
        }
    }
}

pub(super) async fn a_flow_rings_the_agents(adapter: &impl IvrAdapter) {
    for edition in [Edition::Chub, Edition::ChubLive] {
        for mount in MOUNTS {
            for (agent, came, outcome) in [
                (Agent::Answers, "101_1111112 answers", "answered"),
                (
                    Agent::Busy,
                    "101_1111112 is busy\n102_1111112 answers",
                    "answered",
                ),
            ] {
                let case = Case {
                    agent,
                    mount,
                    ..Case::new(edition, Caller::default())
                };
                let report = case.run(adapter).await;
                assert_steps(
                    &report,
                    &format!("{RUNG}{came}\nthe caller hangs up"),
                    edition,
                );
                assert_eq!(report.right_answers().outcome, Some(outcome));
            }
        }
    }
}

pub(super) async fn a_handler_that_fails_or_panics_is_silence_without_a_fallback(
    adapter: &impl IvrAdapter,
) {
    for (trouble, silence) in [
        (Trouble::Fails, "silence: the answer's status is 500"),
        (Trouble::Panics, "silence: no answer came"),
    ] {
        for (edition, kind, before) in [
            (Edition::Chub, "flow", "asks: flow\n".to_owned()),
            (Edition::Piopiy2024, "answer", "asks: answer\n".to_owned()),
            (
                Edition::Piopiy2024,
                "dtmf",
                format!("{ASKED}the caller presses 1\nasks: dtmf\n"),
            ),
        ] {
            let caller = Caller::default().presses("1");
            let case = Case {
                trouble: Some((kind, trouble)),
                ..Case::new(edition, caller)
            };
            let report = case.run(adapter).await;
            assert_steps(
                &report,
                &format!("{before}{silence}\nthe caller hangs up"),
                edition,
            );
        }
    }
}

pub(super) async fn a_handler_that_fails_or_panics_has_the_caller_hear_the_fallback(
    adapter: &impl IvrAdapter,
) {
    for trouble in [Trouble::Fails, Trouble::Panics] {
        for mount in MOUNTS {
            hears_the_fallback(adapter, trouble, mount, Fallback::Patient).await;
            let caller = Caller::default().presses("1");
            let case = Case {
                trouble: Some(("dtmf", trouble)),
                fallback: Fallback::Patient,
                mount,
                ..Case::new(Edition::Piopiy2024, caller)
            };
            let report = case.run(adapter).await;
            let expected = format!("{ASKED}the caller presses 1\nasks: dtmf\n{SORRY}");
            assert_steps(&report, &expected, Edition::Piopiy2024);
        }
    }
}

pub(super) async fn a_handler_that_takes_too_long_has_the_caller_hear_the_fallback(
    adapter: &impl IvrAdapter,
) {
    // A detached handler would run on, and the endpoint would not be idle.
    for mount in [Mount::Layered, Mount::GuardedWebhook] {
        hears_the_fallback(adapter, Trouble::Hangs, mount, Fallback::Impatient).await;
    }
}

/// On the first request of each platform.
async fn hears_the_fallback(
    adapter: &impl IvrAdapter,
    trouble: Trouble,
    mount: Mount,
    fallback: Fallback,
) {
    let sent = "asks: flow\nsends the caller to the ivr sorry@1111112\n";
    for (edition, kind, heard) in [
        (Edition::ChubLive, "flow", sent),
        (
            Edition::ChubIndia,
            "flow",
            "asks: flow\nrings 109_1111112 for 30 s\n109_1111112 answers\n",
        ),
        (
            Edition::Piopiy2022,
            "answer",
            "asks: answer\nsays: Sorry.\nthe platform hangs up",
        ),
    ] {
        let case = Case {
            trouble: Some((kind, trouble)),
            fallback,
            mount,
            ..Case::new(edition, Caller::default())
        };
        let report = case.run(adapter).await;
        assert!(
            report.to_string().starts_with(heard),
            "{trouble:?} {mount:?}\n{report}"
        );
    }
}
