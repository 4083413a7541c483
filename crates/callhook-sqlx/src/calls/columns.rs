//! What the tables have of a call: its ids, and what it answers.

use std::sync::Arc;
use std::time::Duration;

use callhook::call::{Answers, Call, CallDirection};

use super::backend::{Id, Row};

/// The ids of a call, or of what a message tells of one, in its scope.
pub(crate) fn ids(call: &Call) -> Vec<Id> {
    let scope = scope(call);
    let id = |id: &str| Id {
        scope: Arc::clone(&scope),
        id: escaped(id),
    };
    call.ids().into_iter().map(id).collect()
}

pub(crate) fn scope(call: &Call) -> Arc<str> {
    escaped(&call.scope()).into()
}

/// Postgres keeps no NUL in a text. What takes its place must not make one text of two.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\0', "%00")
}

/// In milliseconds, of which databases don't take any number.
pub(crate) fn age(age: Duration) -> i64 {
    i64::try_from(age.min(MAX_AGE).as_millis()).unwrap_or(i64::MAX)
}

/// No call is as old as a century.
const MAX_AGE: Duration = Duration::from_secs(100 * 366 * 86400);

impl Row {
    pub(crate) fn new(call: &Call, answers: &Answers) -> Self {
        let shown = |text: &str| text.replace('\0', "\u{fffd}");
        let agent = answers.answered_by.as_ref();
        let started_at = answers.started_at.map(|at| at.as_millis());
        Self {
            scope: scope(call),
            call: call.to_json(),
            direction: match answers.direction {
                Some(CallDirection::Inbound) => Some("inbound"),
                Some(CallDirection::Outbound) => Some("outbound"),
                _ => None,
            },
            outcome: answers.outcome.as_ref().map(|it| shown(it.as_str())),
            customer: answers.customer.as_ref().map(|it| shown(it.as_str())),
            agent: agent
                .and_then(|agent| agent.agent.as_ref())
                .map(|it| shown(it)),
            started_at: started_at.and_then(|at| i64::try_from(at).ok()),
            is_over: answers.is_over,
        }
    }
}
