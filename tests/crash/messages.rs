//! What is sent.

use serde_json::json;

use callhook_test_support::Random;

/// A message, with what its handlers are to meet.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) body: String,
}

impl Message {
    /// One that is handled without ado, after this long.
    pub(crate) fn new(id: impl Into<String>, delay_ms: u64) -> Self {
        Self::with(id.into(), delay_ms, 0, 0)
    }

    /// One that takes 1 to 20 ms, and may fail or panic at first.
    pub(crate) fn unruly(id: String, random: &mut Random) -> Self {
        let delay_ms = random.of(1..21);
        let fail_times = random.percent(10).into();
        let panic_times = random.percent(5).into();
        Self::with(id, delay_ms, fail_times, panic_times)
    }

    fn with(id: String, delay_ms: u64, fail_times: u64, panic_times: u64) -> Self {
        let message = json!({
            // A record, which is remembered for a day: the tests of a busy machine take longer than a live event is.
            "type": "cdr",
            "status": "answered",
            "cmiuuid": id,
            "delay_ms": delay_ms,
            "fail_times": fail_times,
            "panic_times": panic_times,
        });
        Self {
            body: message.to_string(),
            id,
        }
    }
}
