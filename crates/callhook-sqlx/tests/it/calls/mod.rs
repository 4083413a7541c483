//! Calls kept in both databases.

mod apply;
mod by_hand;
mod changes;
mod clients;
mod remove;
mod stress;
mod whole;

use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

use callhook::call::{Call, CallSummary, Finality, MessageKind, Phase};
use callhook_sqlx::{CallUpdate, SqlxCalls, StoreDatabase};

use crate::support::{Fixture, within};

pub(crate) const ALL: NonZeroU32 = NonZeroU32::new(1000).expect("not zero");

/// What a message with these ids tells: of a leg, a call, a request.
pub(crate) fn message(ids: &[&str], change: impl Fn(&mut CallSummary)) -> Call {
    message_of(None, ids, change)
}

pub(crate) fn message_of(
    tenant: Option<&str>,
    ids: &[&str],
    change: impl Fn(&mut CallSummary),
) -> Call {
    let mut ids = ids.iter().copied();
    let mut summary = CallSummary::new("pbx");
    summary.kind = MessageKind::Live;
    summary.leg_id = ids.next().map(Into::into);
    summary.call_id = ids.next().map(Into::into);
    summary.request_id = ids.next().map(Into::into);
    change(&mut summary);
    Call::of_summary(&summary, tenant, moment(0))
}

pub(crate) fn moment(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + second)
}

pub(crate) fn live(ids: &[&str]) -> Call {
    message(ids, |_| ())
}

pub(crate) fn hung_up(ids: &[&str]) -> Call {
    message(ids, |summary| {
        summary.status = Some("hangup".into());
        summary.phase = Some(Phase::Ended);
    })
}

pub(crate) fn record(ids: &[&str]) -> Call {
    message(ids, |summary| {
        summary.kind = MessageKind::Record;
        summary.outcome = Some("answered".into());
        summary.finality = Finality::Call;
    })
}

/// In a transaction of its own.
pub(crate) async fn join<DB: StoreDatabase>(f: &Fixture<DB>, call: &Call) -> CallUpdate {
    let mut transaction = f.begin().await;
    let update = within(f.store.calls().join(&mut transaction, call)).await;
    transaction.commit().await.expect("a commit");
    update.expect("joined").expect("part of a call")
}

pub(crate) async fn count<DB: StoreDatabase>(calls: &SqlxCalls<DB>) -> usize {
    let since = calls.changed_since(SystemTime::UNIX_EPOCH, ALL);
    within(since).await.expect("an answer").calls.len()
}
