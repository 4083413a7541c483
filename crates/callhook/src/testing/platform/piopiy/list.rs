//! The list of actions that is answered, in either vocabulary.

use super::actions::{self, Action};
use super::pipeline;
use crate::testing::platform::json::{Member, Unreadable};

/// All of the actions, in an array or in one that is wrapped.
pub(super) fn read(body: &Member<'_>) -> Result<Vec<Action>, Unreadable> {
    let list = if body.is_array() {
        body.clone()
    } else {
        body.object()
            .map_err(|_| body.unreadable(r#"an array of actions, or {"pcmo": [..]}"#))?;
        body.get("pcmo")
    };
    let items = list.items("an array of actions")?;
    let is_pipeline = items.iter().any(pipeline::is_of_pipeline);
    let read_one = |action: &Member<'_>| {
        action.object()?;
        if is_pipeline {
            pipeline::read(action)
        } else {
            actions::read(action)
        }
    };
    items.iter().map(read_one).collect()
}
