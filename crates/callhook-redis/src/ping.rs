//! Whether the server could take messages.

use std::collections::HashMap;
use std::time::Duration;

use redis::{Cmd, Value};

use crate::RedisStoreError;
use crate::link::{Call, Failure, Limit};
use crate::script::PING;
use crate::transitions::Transitions;

pub(crate) async fn ping(
    transitions: &Transitions,
    prefix: &str,
    timeout: Duration,
) -> Result<(), RedisStoreError> {
    let limit = Limit::new(timeout);
    let key = format!("{prefix}:ping");
    let mode = if transitions.knows_clusters() {
        None
    } else {
        mode(transitions, limit).await?
    };
    if mode.as_deref() == Some("cluster") {
        return Err(RedisStoreError::cluster_node());
    }

    // By its text first, so that the server knows it. Both, since each needs a right of its own.
    let by_text = PING.by_text_on(&[&key]);
    let by_hash = PING.by_hash_on(&[&key]);
    for call in [&by_text, &by_hash] {
        let refused = ask(transitions, call, limit).await?;
        if !refused.is_empty() {
            return Err(RedisStoreError::forbidden_commands(&refused));
        }
    }

    if mode.is_none() && !transitions.knows_clusters() {
        // A node of a cluster answers for its own slots as any server does, and refuses the others.
        for n in 0..TRIED_KEYS {
            let call = PING.by_hash_on(&[&format!("{key}:{n}")]);
            ask(transitions, &call, limit).await?;
        }
    }
    Ok(())
}

/// Runs the script, and returns the commands that it may not run.
async fn ask(
    transitions: &Transitions,
    call: &Cmd,
    limit: Limit,
) -> Result<Vec<String>, RedisStoreError> {
    let refused = transitions.call(Call::One(call), limit).await;
    refused.map_err(|failure| transitions.error(failure))
}

/// Enough that one of them is another node's, unless this node has nearly all slots.
const TRIED_KEYS: u32 = 16;

/// What the server says it is: `standalone`, `cluster` or `sentinel`. None where it doesn't say: Redis before 6.2 wants
/// arguments, which would change the connection, and a user or a proxy may have no `HELLO`.
async fn mode(transitions: &Transitions, limit: Limit) -> Result<Option<String>, Failure> {
    let hello = redis::cmd("HELLO");
    let said: Value = match transitions.call(Call::One(&hello), limit).await {
        Ok(said) => said,
        Err(failure) if failure.is_answer() => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let said: Option<HashMap<String, Value>> = redis::from_redis_value(said).ok();
    let mode = said.and_then(|mut said| said.remove("mode"));
    Ok(mode.and_then(|mode| redis::from_redis_value(mode).ok()))
}
