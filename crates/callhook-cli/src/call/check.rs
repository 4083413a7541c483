//! Compares what a server made of a call with what is right.

use bytes::Bytes;
use callhook::testing::calls::RightAnswers;
use http::{HeaderMap, Method, Uri};
use serde_json::Value;

use crate::error::Error;
use crate::http::{Client, Outgoing};

/// What differs from the call among those of a `/calls`.
pub(super) async fn differences(
    client: &Client,
    url: &Uri,
    right: &RightAnswers,
) -> Result<Vec<String>, Error> {
    let request = Outgoing {
        method: Method::GET,
        uri: url.clone(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    let failed = |why: String| Error::new(format!("--check: {why}"));
    let hint = if url.path().ends_with("/calls") {
        ""
    } else {
        ". The URL should end in /calls"
    };
    let answer = client.send_and_read(request, MAX_CALLS).await;
    let answer = answer.map_err(|fault| failed(fault.to_string()))?;
    if !answer.is_success() {
        return Err(failed(format!(
            "the answer's status is {}{hint}",
            answer.status
        )));
    }
    let calls: Vec<Value> = serde_json::from_slice(&answer.body)
        .map_err(|error| failed(format!("a JSON array of calls was expected: {error}{hint}")))?;
    let found: Vec<&Value> = calls.iter().filter(|call| is_of(call, right)).collect();
    Ok(match found.as_slice() {
        [] => vec!["no call has one of its ids".to_owned()],
        [call] => right.differences(call),
        several => vec![format!("its ids are those of {} calls", several.len())],
    })
}

fn is_of(call: &Value, right: &RightAnswers) -> bool {
    let ids = call.get("ids").and_then(Value::as_array);
    let is_right = |id: &Value| {
        id.as_str()
            .is_some_and(|id| right.ids.iter().any(|one| one == id))
    };
    call.get("provider").and_then(Value::as_str) == Some(right.provider)
        && ids.is_some_and(|ids| ids.iter().any(is_right))
}

/// callhook's examples keep 64 MiB of calls, in fewer words.
const MAX_CALLS: usize = 256 * 1024 * 1024;
