//! What is right to answer of a whole call: [`RightAnswers`].

use serde::Serialize;
use serde_json::Value;

use crate::call::CallDirection;
use crate::value::{PhoneNumber, Timestamp};

/// What is right to answer of a call once all its messages came, in any order and however often.
///
/// It says what truly happened, as far as the messages tell it: `None` where they don't. It serialises to the object that
/// the examples' `GET /calls` has for the call, without the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RightAnswers {
    /// `telecmi`, `piopiy` or `voipappz`.
    pub provider: &'static str,
    /// The ids of the call, its legs and the request that made it, sorted.
    pub ids: Vec<String>,
    /// The call's direction.
    pub direction: Option<CallDirection>,
    /// The number outside. Numbers are equal that have the same digits.
    pub customer: Option<PhoneNumber>,
    /// The account's own number.
    pub own_number: Option<PhoneNumber>,
    /// Whose phones rang, in that order. An agent without a name has a leg all the same.
    pub agents: Vec<RightAgent>,
    /// The agent who talked to the customer; of several, whose phone rang first.
    pub answered_by: Option<String>,
    /// How the call came out: `answered`, `missed`, `abandoned`, `voicemail`, `no_answer`, `agent_no_answer`, `refused`,
    /// `cancelled` or `busy`.
    pub outcome: Option<&'static str>,
    /// As `outcome`, or what is most likely where the messages don't tell.
    pub presumed_outcome: Option<&'static str>,
    /// When the call started.
    pub started_at: Option<Timestamp>,
    /// For how long agent and customer talked, where one figure tells it.
    pub talk_seconds: Option<u64>,
    /// For how long the caller of an unanswered call waited.
    pub waited_seconds: Option<u64>,
    /// The recordings' file names or URLs.
    pub recordings: Vec<String>,
    /// The voicemails' file names.
    pub voicemails: Vec<String>,
    /// Whether nobody talks any more.
    pub is_ended: bool,
    /// Whether all that decides came.
    pub is_over: bool,
    /// Whether the messages are known to be the whole call's.
    pub is_joined: bool,
    /// How many legs the messages are of.
    pub legs: usize,
    /// How many different messages there are: by kind, leg, direction on the wire and status, of Voipappz's by agent too.
    /// Copies, resends and other contents of a message don't count, and PIOPIY's callbacks with keys of one leg are one.
    pub messages: usize,
}

/// An agent whose phone rang, or who made the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RightAgent {
    /// The agent's name as sent.
    pub agent: Option<String>,
    /// Whether the agent's phone was answered.
    pub answered: bool,
}

impl RightAnswers {
    /// Of a call that ended and is over, of which nothing else is known.
    pub(in crate::testing) fn new(provider: &'static str, direction: CallDirection) -> Self {
        Self {
            provider,
            ids: Vec::new(),
            direction: Some(direction),
            customer: None,
            own_number: None,
            agents: Vec::new(),
            answered_by: None,
            outcome: None,
            presumed_outcome: None,
            started_at: None,
            talk_seconds: None,
            waited_seconds: None,
            recordings: Vec::new(),
            voicemails: Vec::new(),
            is_ended: true,
            is_over: true,
            is_joined: true,
            legs: 0,
            messages: 0,
        }
    }

    /// With an outcome that the messages tell.
    pub(in crate::testing) fn with_outcome(self, outcome: &'static str) -> Self {
        Self {
            outcome: Some(outcome),
            presumed_outcome: Some(outcome),
            ..self
        }
    }

    /// What of an application's answers is not right: a line for each, empty where all is.
    ///
    /// Takes a call's own answers, or an object of the examples' `GET /calls`. Numbers are compared by their digits,
    /// recordings, voicemails and agents in any order. Agents without a name are left out on both sides, and `told` may have
    /// more ids.
    ///
    /// ```
    /// use callhook::testing::calls::{Platform, Scenario, SimulatedCall};
    ///
    /// let call = SimulatedCall::new(Scenario::InboundMissed, Platform::Telecmi, 7)?;
    /// let right = call.right_answers();
    /// assert!(right.differences(right).is_empty());
    ///
    /// let mut told = right.clone();
    /// told.outcome = Some("answered");
    /// assert_eq!(right.differences(&told), [r#"`outcome` is "answered", and "missed" is right"#]);
    /// # Ok::<(), callhook::testing::calls::Unsupported>(())
    /// ```
    #[must_use]
    pub fn differences(&self, told: &impl Serialize) -> Vec<String> {
        let (right, told) = match (serde_json::to_value(self), serde_json::to_value(told)) {
            (Ok(Value::Object(right)), Ok(Value::Object(told))) => (right, told),
            _ => return vec!["an object with a call's answers was expected".to_owned()],
        };
        let mut differences = Vec::new();
        for (name, right) in right {
            let told = told.get(&name).cloned().unwrap_or_default();
            if !is_right(&name, &right, &told) {
                differences.push(format!("`{name}` is {told}, and {right} is right"));
            }
        }
        differences
    }
}

fn is_right(name: &str, right: &Value, told: &Value) -> bool {
    match name {
        "customer" | "own_number" => digits(right) == digits(told),
        "ids" | "recordings" | "voicemails" | "agents" => match (list(right), list(told)) {
            (Some(right), Some(told)) if name == "ids" => right.iter().all(|id| told.contains(id)),
            (Some(right), Some(told)) if name == "agents" => {
                sorted(named_agents(right)) == sorted(named_agents(told))
            }
            (Some(right), Some(told)) => sorted(right) == sorted(told),
            _ => false,
        },
        _ => right == told,
    }
}

fn digits(number: &Value) -> Option<String> {
    number.as_str().map(|text| PhoneNumber::from(text).digits())
}

/// A list; an empty one where there is nothing.
fn list(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::Array(items) => Some(items.clone()),
        _ => None,
    }
}

fn named_agents(agents: Vec<Value>) -> Vec<Value> {
    let field = |agent: &Value, name| agent.get(name).cloned().unwrap_or_default();
    let named = agents
        .iter()
        .filter(|agent| !field(agent, "agent").is_null());
    named
        .map(|agent| Value::from(vec![field(agent, "agent"), field(agent, "answered")]))
        .collect()
}

fn sorted(values: Vec<Value>) -> Vec<String> {
    let mut texts: Vec<String> = values.iter().map(Value::to_string).collect();
    texts.sort();
    texts
}
