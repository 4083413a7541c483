//! PIOPIY's resends of records.

use std::time::Duration;

use super::message::CallMessage;

/// At 0, +5, +10, +15 minutes, says the vendor's documentation, each after the one before.
const MINUTES: [u64; 3] = [5, 15, 30];

/// What is left in the account goes down from copy to copy: in millionths.
const SPENT: u64 = 1_250_000;

pub(super) fn resends(messages: &[CallMessage]) -> Vec<CallMessage> {
    let is_first =
        |message: &&CallMessage| message.kind() == "cdr" && record_of(message) == message.name();
    let firsts = messages.iter().filter(is_first);
    firsts
        .flat_map(|first| of_record(first, messages))
        .collect()
}

/// Each has the content that the record has by then. What comes at the time of a resend is one itself.
fn of_record(first: &CallMessage, messages: &[CallMessage]) -> Vec<CallMessage> {
    let contents = || {
        let same = messages.iter();
        same.filter(|message| message.kind() == "cdr" && record_of(message) == first.name())
    };
    let mut resends = Vec::new();
    for (count, minutes) in (1..).zip(MINUTES) {
        let after = first.after + Duration::from_secs(minutes * 60);
        let is_then =
            |message: &CallMessage| message.after.abs_diff(after) < Duration::from_secs(60);
        if contents().any(is_then) {
            continue;
        }
        let latest = contents().filter(|message| message.after <= after);
        if let Some(latest) = latest.max_by_key(|message| message.after) {
            resends.push(CallMessage {
                after,
                ..spent(latest.clone(), count * SPENT)
            });
        }
    }
    resends
}

/// The record that a revision is of.
fn record_of(message: &CallMessage) -> &str {
    let name = message.name();
    name.strip_suffix("-revised").unwrap_or(name)
}

/// With a balance that is so many millionths lower. India has none.
fn spent(message: CallMessage, millionths: u64) -> CallMessage {
    let Some(balance) = message.sample.text("balance") else {
        return message;
    };
    match balance.replace('.', "").parse::<u64>() {
        Ok(before) => message.with("balance", decimal(before.saturating_sub(millionths))),
        Err(_) => message,
    }
}

/// Millionths as PIOPIY writes amounts.
pub(super) fn decimal(millionths: u64) -> String {
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}
