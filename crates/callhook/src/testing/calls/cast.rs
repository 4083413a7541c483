//! Who takes part in a call: nobody real.
//!
//! Outside India numbers are of the ranges that the United Kingdom's regulator keeps free for drama: 07700 900000 to
//! 900999, 020 7946 0000 to 0999, and 01632 960000 to 960999. India keeps none free; what looks like its numbers begins
//! with figures that no Indian number begins with.

use super::platform::Edition;
use super::random::Random;

pub(in crate::testing) struct Cast {
    /// The number outside, with its country's code.
    pub(in crate::testing) customer: u64,
    /// The account's own number.
    pub(in crate::testing) own: u64,
    pub(in crate::testing) agents: Vec<Agent>,
    pub(in crate::testing) app_id: u64,
    pub(in crate::testing) team: &'static str,
    pub(in crate::testing) ivr: &'static str,
    /// When the call starts, in milliseconds since 1970.
    pub(in crate::testing) started: u64,
}

pub(in crate::testing) struct Agent {
    pub(in crate::testing) extension: u64,
    pub(in crate::testing) name: &'static str,
    pub(in crate::testing) phone: u64,
    /// What messages call the agent, where it is not the extension's name. Empty where nothing names the agent.
    pub(in crate::testing) user: Option<String>,
}

impl Cast {
    pub(in crate::testing) fn of(edition: Edition, random: &mut Random) -> Self {
        let (customers, owns, phones) = if edition.is_india() {
            (910_000_010_000, 1_000_001_000, 910_000_020_000)
        } else {
            (447_700_900_000, 442_079_460_000, 441_632_960_000)
        };
        let mut agent = |index: u64| Agent {
            extension: 101 + index * 50 + random.between(0, 50),
            name: pick(if index == 0 { &FIRST } else { &SECOND }, random),
            phone: phones + index * 500 + random.between(0, 500),
            user: None,
        };
        Self {
            agents: vec![agent(0), agent(1)],
            customer: customers + random.between(0, 1000),
            own: owns + random.between(0, 1000),
            app_id: 7_770_000 + random.between(0, 10_000),
            team: pick(&["Sales", "Support", "Enquiry"], random),
            ivr: pick(&["salesivr", "mainmenu", "welcome"], random),
            // In 2025.
            started: 1_735_689_600_000 + random.between(0, 365 * 86_400_000),
        }
    }
}

const FIRST: [&str; 3] = ["Ada Example", "Ben Example", "Cleo Example"];
const SECOND: [&str; 3] = ["Xena Sample", "Yuri Sample", "Zoe Sample"];

fn pick(names: &[&'static str; 3], random: &mut Random) -> &'static str {
    let index = usize::try_from(random.between(0, 3)).unwrap_or_default();
    names.get(index).copied().unwrap_or_default()
}
