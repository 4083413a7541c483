//! A whole call: [`SimulatedCall`].

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::answers::RightAnswers;
use super::cast::Cast;
use super::message::CallMessage;
use super::platform::{Edition, Platform};
use super::plot::Plot;
use super::random::Random;
use super::resend;
use super::scenario::{Scenario, Unsupported};
use super::{piopiy, telecmi, voipappz};

/// A whole call as a platform reports it, and what is right to answer of it. The [module](super) has an example.
///
/// The transformations can be combined, and apply in the order of their calls.
#[derive(Clone)]
pub struct SimulatedCall {
    scenario: Scenario,
    edition: Edition,
    seed: u64,
    messages: Vec<CallMessage>,
    answers: RightAnswers,
}

impl SimulatedCall {
    /// A call as this platform reports it. The seed also chooses among the platform's editions, in turn, so that a test over
    /// a few seeds sees all of them.
    ///
    /// # Errors
    ///
    /// [`Unsupported`] where the platform doesn't report such a call.
    pub fn new(scenario: Scenario, platform: Platform, seed: u64) -> Result<Self, Unsupported> {
        let editions: Vec<Edition> = scenario.editions_of(platform).collect();
        let count = u64::try_from(editions.len()).unwrap_or_default();
        let turn = seed.checked_rem(count).unwrap_or_default();
        let turn = usize::try_from(turn).unwrap_or_default();
        match editions.get(turn) {
            Some(edition) => Self::of_edition(scenario, *edition, seed),
            None => Err(Unsupported {
                scenario,
                by: platform.as_str(),
            }),
        }
    }

    /// A call as this edition reports it.
    ///
    /// # Errors
    ///
    /// [`Unsupported`] where the edition doesn't report such a call.
    pub fn of_edition(
        scenario: Scenario,
        edition: Edition,
        seed: u64,
    ) -> Result<Self, Unsupported> {
        if !scenario.editions().contains(&edition) {
            return Err(Unsupported {
                scenario,
                by: edition.as_str(),
            });
        }
        let mut random = Random::of(seed, &format!("{edition} {scenario}"));
        let plot = Plot::of(scenario, &mut random);
        let cast = Cast::of(edition, &mut random);
        let (script, answers) = match edition.platform() {
            Platform::Telecmi => telecmi::report(&plot, &cast, edition, &mut random),
            Platform::Piopiy => piopiy::report(&plot, &cast, edition, &mut random),
            Platform::Voipappz => voipappz::report(&plot, &cast, &mut random),
        };
        let answers = RightAnswers {
            ids: script.ids(),
            messages: script.different(),
            ..answers
        };
        Ok(Self {
            scenario,
            edition,
            seed,
            messages: script.into_messages(),
            answers,
        })
    }

    /// What happens.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        self.scenario
    }

    /// Whose edition reports it.
    #[must_use]
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// What it was made of.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The messages in the order in which they are sent.
    #[must_use]
    pub fn messages(&self) -> &[CallMessage] {
        &self.messages
    }

    /// What is right to answer once all messages of the call came. After [`without`](Self::without) it is still the whole
    /// call's: what an application answers then should be that, or nothing.
    #[must_use]
    pub fn right_answers(&self) -> &RightAnswers {
        &self.answers
    }

    /// In an order drawn with this seed. The times stay, and other messages come at them.
    #[must_use]
    pub fn shuffled(mut self, seed: u64) -> Self {
        let times: Vec<Duration> = self.messages.iter().map(CallMessage::after).collect();
        Random::new(seed).shuffle(&mut self.messages);
        for (message, after) in self.messages.iter_mut().zip(times) {
            message.after = after;
        }
        self
    }

    /// Each message comes so many times in all, a second apart. 0 and 1 leave the call as it is.
    #[must_use]
    pub fn with_copies(mut self, times: usize) -> Self {
        let originals = self.messages.clone();
        for copy in 1..times {
            let later = Duration::from_secs(u64::try_from(copy).unwrap_or(u64::MAX));
            self.messages
                .extend(originals.iter().cloned().map(|mut message| {
                    message.after = message.after.saturating_add(later);
                    message
                }));
        }
        self.sorted()
    }

    /// With the resends that a platform is documented to make: PIOPIY sends each record again 5, 15 and 30 minutes after
    /// it, with the account's balance of then. The other platforms document none, and their calls stay as they are.
    #[must_use]
    pub fn with_resends(mut self) -> Self {
        if self.edition.platform() == Platform::Piopiy {
            let resends = resend::resends(&self.messages);
            self.messages.extend(resends);
        }
        self.sorted()
    }

    /// Without the messages that [are called](CallMessage::is_called) so: `hangup-a` for one, `hangup` for those of all
    /// legs, `b` for all of a leg, `cdr` for all records. None is a mistake to check for:
    ///
    /// ```
    /// use callhook::testing::calls::{Platform, Scenario, SimulatedCall};
    ///
    /// let call = SimulatedCall::new(Scenario::InboundAnswered, Platform::Telecmi, 7)?;
    /// assert!(call.messages().iter().any(|message| message.is_called("hangup")));
    /// assert!(call.clone().without("hangup").messages().len() < call.messages().len());
    /// # Ok::<(), callhook::testing::calls::Unsupported>(())
    /// ```
    #[must_use]
    pub fn without(self, name: &str) -> Self {
        self.retain(|message| !message.is_called(name))
    }

    /// With only these messages, such as those whose bit is set in a test of all losses.
    #[must_use]
    pub fn retain(mut self, keep: impl FnMut(&CallMessage) -> bool) -> Self {
        self.messages.retain(keep);
        self
    }

    /// With this field in every message, such as a `custom` that is the endpoint's token.
    #[must_use]
    pub fn with_field(mut self, field: &str, value: impl Serialize) -> Self {
        let messages = self.messages.into_iter();
        self.messages = messages
            .map(|message| message.with(field, &value))
            .collect();
        self
    }

    fn sorted(mut self) -> Self {
        self.messages.sort_by_key(CallMessage::after);
        self
    }
}

impl fmt::Debug for SimulatedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedCall")
            .field("scenario", &self.scenario)
            .field("edition", &self.edition)
            .field("seed", &self.seed)
            .field("messages", &self.messages)
            .finish_non_exhaustive()
    }
}
