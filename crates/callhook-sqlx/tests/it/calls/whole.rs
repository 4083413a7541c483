//! Whole calls of the platforms, and the same calls made again from stored events.

use callhook::call::{Call, CallEvent, CallSummary};
use callhook::payload::Payload;
use callhook::piopiy::Piopiy;
use callhook::provider::{Message, Provider};
use callhook::telecmi::Telecmi;
use callhook::testing::calls::{CallMessage, Edition, Platform, Scenario, SimulatedCall};
use callhook::voipappz::Voipappz;
use callhook_sqlx::{SqlxCalls, StoreDatabase};
use callhook_test_support::Random;

use super::{count, join, moment};
use crate::support::{Fixture, in_both, within};

in_both! {
    whole_calls_are_right_whatever_order_they_come_in_and_are_rebuilt_the_same
}

async fn whole_calls_are_right_whatever_order_they_come_in_and_are_rebuilt_the_same<DB>(
    f: Fixture<DB>,
) where
    DB: StoreDatabase,
{
    let mut stored = Vec::new();
    let mut right = Vec::new();
    for (scenario, seed) in Scenario::ALL.iter().zip(0..) {
        for edition in scenario.editions() {
            let call = SimulatedCall::of_edition(*scenario, *edition, seed);
            let call = call.expect("reported").with_copies(1);
            let mut ids = Vec::new();
            for (message, second) in call.messages().iter().zip(0..) {
                let summary = summary(*edition, message);
                let part = Call::of_summary(&summary, None, moment(second));
                ids.extend(
                    part.ids()
                        .first()
                        .map(|id| (part.provider().to_owned(), (*id).to_owned())),
                );
                stored.push(part);
            }
            right.push((call, ids.pop().expect("an id")));
        }
    }
    let mut random = Random::new(7);
    shuffle(&mut stored, &mut random);
    for part in &stored {
        if !part.is_empty() {
            join(&f, part).await;
        }
    }
    let calls = f.store.calls();
    assert_eq!(count(&calls).await, right.len());
    let mut first = Vec::new();
    for (call, (provider, id)) in &right {
        let found = within(calls.find(provider, None, id)).await;
        let found = found.expect("an answer").expect("the call");
        let differences = call.right_answers().differences(&found.call.answers());
        assert_eq!(
            differences,
            [""; 0],
            "{} {}",
            call.edition(),
            call.scenario()
        );
        first.push(found.call);
    }

    // Made again, a hundred in a transaction.
    for (call, (provider, id)) in &right {
        let found = within(calls.find(provider, None, id)).await;
        let key = found.expect("an answer").expect("the call").key;
        assert!(
            within(calls.erase(key)).await.expect("an answer"),
            "{}",
            call.scenario()
        );
    }
    assert_eq!(count(&calls).await, 0);
    shuffle(&mut stored, &mut random);
    for batch in stored.chunks(100) {
        let mut transaction = f.begin().await;
        within(calls.join_all(&mut transaction, batch))
            .await
            .expect("joined");
        transaction.commit().await.expect("a commit");
    }
    assert_eq!(again(&calls, &right).await, first);
}

async fn again<DB: StoreDatabase>(
    calls: &SqlxCalls<DB>,
    right: &[(SimulatedCall, (String, String))],
) -> Vec<Call> {
    let mut again = Vec::new();
    for (_, (provider, id)) in right {
        let found = within(calls.find(provider, None, id)).await;
        again.push(found.expect("an answer").expect("the call").call);
    }
    again
}

fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for last in (1..items.len()).rev() {
        items.swap(last, random.index(last + 1));
    }
}

fn summary(edition: Edition, message: &CallMessage) -> CallSummary {
    let json = message.json();
    let payload = || Message::new(Payload::from_body(json.as_bytes()).expect("readable"));
    match edition.platform() {
        Platform::Telecmi => summary_of(&Telecmi, payload()),
        Platform::Piopiy => summary_of(&Piopiy, payload()),
        _ => {
            let name = message.event_name().expect("an event's name");
            summary_of(&Voipappz::path_segment(), payload().with_event_name(name))
        }
    }
}

fn summary_of<P: Provider<Event: CallEvent>>(provider: &P, message: Message<'_>) -> CallSummary {
    provider.decode(&message).expect("an event").summary()
}
