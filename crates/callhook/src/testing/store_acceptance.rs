//! What every replay store has to pass: the contract of [`ReplayStore`], rule by rule.

use std::fmt::Debug;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use crate::replay::{
    Claim, Fingerprint, Identity, Lease, ReplayStore, Settled, Settlement, Token, TokenSource,
};

/// Checks a store against the whole contract of [`ReplayStore`], except for what it does when it is full.
///
/// 1. `namespace` begins the id of every message that is used. The rest of the id is drawn anew for each call, so a
///    shared server needs no cleaning between runs.
/// 2. `unit` is the unit of all times: leases and windows are 2 to 600 units, and the whole suite waits for less than
///    40 units. A store may remember a content for up to one unit longer than its window. What the suite does between
///    two waits has to be done within one unit, and the suite before its first wait within 500.
/// 3. `wait` lets that much time pass for the store.
/// 4. The store needs room for 2000 contents.
/// 5. It runs under whichever runtime the store needs, on one task: its races are many futures polled by turns. A store
///    with threads of its own should be raced with threads, or with tasks of a runtime that has several, as well.
///
/// A store whose time can be moved passes at once:
///
/// ```
/// use std::time::Duration;
///
/// use callhook::clock::ManualClock;
/// use callhook::replay::MemoryStore;
/// use callhook::testing::store_acceptance;
///
/// # async fn passes() {
/// let clock = ManualClock::default();
/// let store = MemoryStore::builder().clock(clock.clone()).build();
/// let second = Duration::from_secs(1);
/// store_acceptance(&store, "memory", second, async |time| clock.advance(time)).await;
/// # }
/// ```
///
/// A store that measures real time is given a short unit and a real wait:
/// `store_acceptance(&store, "redis", Duration::from_millis(200), tokio::time::sleep)`.
///
/// # Panics
///
/// When the store breaks a rule or fails, with a sentence that says which.
pub async fn store_acceptance<S: ReplayStore>(
    store: &S,
    namespace: &str,
    unit: Duration,
    wait: impl AsyncFn(Duration),
) {
    let suite = Suite::new(store, namespace, unit);
    suite.handles_each_content_once().await;
    suite.tells_contents_apart().await;
    suite.hands_a_released_content_to_the_next().await;
    suite.lets_the_owner_ask_again().await;
    suite.lets_a_revision_run_beside_the_first().await;
    suite.knows_an_old_content_after_a_new_one().await;
    suite.keeps_strangers_out().await;
    suite.takes_a_commit_for_a_fact().await;
    suite.changes_nothing_when_settled_twice().await;
    suite.settles_later().await;
    suite.settles_outside_a_runtime().await;
    suite.survives_a_dropped_claim().await;
    suite.grants_one_of_many_claims().await;
    suite.keeps_many_contents_apart().await;
    suite.passes_on_a_lease_that_ran_out(&wait).await;
    suite
        .takes_a_late_settlement_where_nobody_is_in_the_way(&wait)
        .await;
    suite.forgets_after_the_window(&wait).await;
    suite.forgets_each_content_on_its_own(&wait).await;
    // After all that takes one step at a time, so that a store which fails here is right about that.
    suite
        .grants_a_released_content_to_one_of_many_claims()
        .await;
    suite.grants_many_contents_at_once().await;
    suite.takes_a_commit_amid_claims_for_a_fact().await;
    suite.grants_what_ran_out_to_one_of_many_claims(&wait).await;
}

/// Checks what a store with a fixed capacity does when it is full.
///
/// The store must be empty, have room for exactly `capacity` contents (at least 4; a small number is enough), and must
/// forget the one that was handled first. Leases and windows are 600 of the given units, within which all has to be
/// done.
///
/// # Panics
///
/// When the store breaks a rule or fails, with a sentence that says which.
pub async fn full_store_acceptance<S: ReplayStore>(
    store: &S,
    capacity: usize,
    namespace: &str,
    unit: Duration,
) {
    assert!(
        capacity >= 4,
        "this suite needs a store with room for 4 contents or more"
    );
    let suite = Suite::new(store, namespace, unit);
    suite.never_evicts_a_live_claim(capacity).await;
    suite.forgets_the_oldest_handled_first(capacity).await;
}

pub(super) struct Suite<'a, S> {
    pub(super) store: &'a S,
    run: String,
    pub(super) unit: Duration,
    tokens: TokenSource,
}

/// Contents of one message.
pub(super) const A: u128 = 1;
const B: u128 = 2;

impl<S: ReplayStore> Suite<'_, S> {
    async fn handles_each_content_once(&self) {
        let name = "once";
        let lease = self.lease(name, A);
        self.is_first(&lease, "the first claim of a message is granted")
            .await;
        let rule = "a content that is being handled is not granted again (rule 2)";
        self.is_in_flight(&self.lease(name, A), rule).await;
        self.commits(&lease, "the owner's commit is done").await;
        for _ in 0..2 {
            let rule = "a copy of a handled content is a replay";
            self.is_replay(&self.lease(name, A), rule).await;
        }
        let rule = "a content that was handled is a replay for its owner too";
        self.is_replay(&lease, rule).await;
    }

    async fn tells_contents_apart(&self) {
        // They differ from A in one bit each, so that a store that cuts identities or fingerprints is found out.
        let rule = "contents that differ in one bit are two contents (rule 1)";
        self.handle(&self.lease("apart", A)).await;
        for bit in [1, 63, 64, 127] {
            self.is_revision(&self.lease("apart", A ^ (1 << bit)), rule)
                .await;
        }
        let rule = "messages whose ids differ in one character are two messages (rule 1)";
        for name in ["apart ", "Apart", "aparu", "apar"] {
            self.is_first(&self.lease(name, A), rule).await;
        }
    }

    async fn hands_a_released_content_to_the_next(&self) {
        let name = "released";
        for _ in 0..3 {
            let lease = self.lease(name, A);
            let rule = "a content that was released is granted to the next claim";
            self.is_first(&lease, rule).await;
            self.releases(&lease, "the owner's release is done").await;
        }
        self.handle(&self.lease(name, A)).await;
    }

    async fn lets_the_owner_ask_again(&self) {
        // A store's client may send a claim twice because the answer to the first was lost.
        let name = "asked again";
        let lease = self.lease(name, A);
        let rule = "a claim that is asked twice with one token is granted twice: no other owner has the content";
        self.is_first(&lease, rule).await;
        self.is_first(&lease, rule).await;
        self.is_in_flight(&self.lease(name, A), rule).await;
        self.releases(&lease, rule).await;
        self.is_first(&self.lease(name, A), rule).await;
    }

    async fn lets_a_revision_run_beside_the_first(&self) {
        let name = "revision";
        let (first, second) = (self.lease(name, A), self.lease(name, B));
        self.is_first(&first, "the first content of a message is granted")
            .await;
        let rule =
            "another content of a message is granted while the first is being handled (rule 1)";
        self.is_revision(&second, rule).await;
        let rule = "each content is settled on its own (rule 1)";
        self.commits(&first, rule).await;
        self.is_in_flight(&self.lease(name, B), rule).await;
        self.releases(&second, rule).await;
        self.is_replay(&self.lease(name, A), rule).await;
        let second = self.lease(name, B);
        let rule = "another content of a handled message is a revision";
        self.is_revision(&second, rule).await;
        self.commits(&second, rule).await;
        self.is_replay(&self.lease(name, A), rule).await;
        self.is_replay(&self.lease(name, B), rule).await;

        let name = "lone revision";
        let (first, second) = (self.lease(name, A), self.lease(name, B));
        self.is_first(&first, "the first content of a message is granted")
            .await;
        self.releases(&first, "the owner's release is done").await;
        let rule = "a content is the first where the others were released";
        self.is_first(&second, rule).await;
    }

    async fn knows_an_old_content_after_a_new_one(&self) {
        let name = "a b a";
        self.handle(&self.lease(name, A)).await;
        self.handle(&self.lease(name, B)).await;
        let rule = "of the contents A, B, A the third is a replay (rule 1)";
        self.is_replay(&self.lease(name, A), rule).await;
    }

    async fn keeps_strangers_out(&self) {
        let name = "strangers";
        let owner = self.lease(name, A);
        let stranger = self.lease(name, A);
        self.is_first(&owner, "the first claim of a message is granted")
            .await;
        let rule = "what an owner holds, another token cannot release (rule 5)";
        self.loses_release(&stranger, rule).await;
        self.later(&stranger, Settlement::Release).await;
        self.is_in_flight(&self.lease(name, A), rule).await;
        self.commits(&owner, rule).await;

        let rule = "what one owner has handled, another cannot release (rule 5)";
        self.loses_release(&stranger, rule).await;
        self.later(&stranger, Settlement::Release).await;
        self.is_replay(&self.lease(name, A), rule).await;
        let rule = "a commit that finds its content handled by another owner is told so (rule 4)";
        self.loses_commit(&stranger, rule).await;
        self.later(&stranger, Settlement::Commit).await;
        self.is_replay(&self.lease(name, A), rule).await;
    }

    async fn takes_a_commit_for_a_fact(&self) {
        // Of a lease that the store has granted to nobody: it was away when it was asked, and the message was handled
        // all the same.
        let name = "committed unasked";
        let rule = "a commit leaves its content handled, whether or not it was claimed (rule 4)";
        self.commits(&self.lease(name, A), rule).await;
        self.is_replay(&self.lease(name, A), rule).await;

        let name = "committed beside another";
        let (owner, other) = (self.lease(name, A), self.lease(name, A));
        self.is_first(&owner, "the first claim of a message is granted")
            .await;
        let rule = "a commit leaves its content handled, whoever holds it (rule 4)";
        self.commits(&other, rule).await;
        self.is_replay(&self.lease(name, A), rule).await;
        let rule = "what another owner has committed is a replay for the one who held it (rule 4)";
        self.is_replay(&owner, rule).await;
        let rule = "an owner that fails does not undo another owner's commit (rule 5)";
        self.loses_release(&owner, rule).await;
        self.is_replay(&self.lease(name, A), rule).await;
        self.later(&owner, Settlement::Release).await;
        self.is_replay(&self.lease(name, A), rule).await;
        let rule = "of two owners that commit one content, the second is told (rule 4)";
        self.loses_commit(&owner, rule).await;
        self.is_replay(&self.lease(name, A), rule).await;

        let name = "other contents";
        let rule = "a commit concerns its own content alone (rule 1)";
        let (held, handled) = (self.lease(name, A), self.lease(name, B));
        self.is_first(&held, rule).await;
        self.commits(&handled, rule).await;
        self.is_in_flight(&self.lease(name, A), rule).await;
        self.releases(&held, rule).await;
        self.is_revision(&self.lease(name, A), rule).await;
    }

    async fn changes_nothing_when_settled_twice(&self) {
        let name = "settled twice";
        let lease = self.lease(name, A);
        self.is_first(&lease, "the first claim of a message is granted")
            .await;
        self.commits(&lease, "the owner's commit is done").await;
        let rule = "a commit is neither undone by a later release nor by a later commit (rule 5)";
        self.settles(&lease, Settlement::Commit, rule).await;
        self.is_replay(&self.lease(name, A), rule).await;
        self.settles(&lease, Settlement::Release, rule).await;
        self.is_replay(&self.lease(name, A), rule).await;
        self.later(&lease, Settlement::Release).await;
        self.later(&lease, Settlement::Commit).await;
        self.is_replay(&self.lease(name, A), rule).await;

        let name = "released twice";
        let (old, new) = (self.lease(name, A), self.lease(name, A));
        self.is_first(&old, "the first claim of a message is granted")
            .await;
        self.releases(&old, "the owner's release is done").await;
        let rule = "a content that was released twice is granted once (rule 5)";
        self.settles(&old, Settlement::Release, rule).await;
        self.is_first(&new, rule).await;
        let rule = "an owner that has released does not release the next one (rule 5)";
        self.loses_release(&old, rule).await;
        self.later(&old, Settlement::Release).await;
        self.is_in_flight(&self.lease(name, A), rule).await;
        let rule = "a commit after a release is a commit (rule 5)";
        self.commits(&old, rule).await;
        self.is_replay(&self.lease(name, A), rule).await;
        self.loses_release(&new, rule).await;
        self.is_replay(&self.lease(name, A), rule).await;
    }

    async fn settles_later(&self) {
        let rule = "a commit that was given to settle_later is made once flush is over (rule 6)";
        let lease = self.lease("commit later", A);
        self.is_first(&lease, rule).await;
        self.later(&lease, Settlement::Commit).await;
        self.is_replay(&self.lease("commit later", A), rule).await;

        let rule = "a release that was given to settle_later is made once flush is over (rule 6)";
        let lease = self.lease("release later", A);
        self.is_first(&lease, rule).await;
        self.later(&lease, Settlement::Release).await;
        self.is_first(&self.lease("release later", A), rule).await;

        let rule =
            "a commit that was given to settle_later is made, whoever holds the content (rule 4)";
        let name = "commit later beside another";
        let (owner, other) = (self.lease(name, A), self.lease(name, A));
        self.is_first(&owner, rule).await;
        self.later(&other, Settlement::Commit).await;
        self.is_replay(&self.lease(name, A), rule).await;
        self.later(&owner, Settlement::Release).await;
        self.is_replay(&self.lease(name, A), rule).await;

        let rule = "to release a lease that was never claimed changes nothing (rule 6)";
        let lease = self.lease("never claimed", A);
        self.settles(&lease, Settlement::Release, rule).await;
        self.is_first(&self.lease("never claimed", A), rule).await;

        let rule = "to release a lease that was refused changes nothing (rule 6)";
        let refused = self.lease("never claimed", A);
        self.is_in_flight(&refused, rule).await;
        self.later(&refused, Settlement::Release).await;
        self.is_in_flight(&self.lease("never claimed", A), rule)
            .await;

        let rule =
            "of settlements given to settle_later one after the other, none is forgotten (rule 6)";
        let leases: Vec<Lease> = (0..32)
            .map(|n| self.lease(&format!("later {n}"), A))
            .collect();
        for lease in &leases {
            self.is_first(lease, rule).await;
        }
        for lease in &leases {
            self.store.settle_later(lease.clone(), Settlement::Commit);
        }
        self.store.flush().await;
        for lease in &leases {
            self.is_replay(lease, rule).await;
        }
    }

    async fn settles_outside_a_runtime(&self) {
        let rule = "settle_later works on a thread without a runtime (rule 6)";
        let lease = self.lease("no runtime", A);
        self.is_first(&lease, rule).await;
        let given = lease.clone();
        let settled = thread::scope(|scope| {
            let settle = || self.store.settle_later(given, Settlement::Release);
            scope.spawn(settle).join()
        });
        assert!(settled.is_ok(), "{rule}: it panicked");
        self.store.flush().await;
        self.is_first(&self.lease("no runtime", A), rule).await;
    }

    async fn survives_a_dropped_claim(&self) {
        let rule = "a claim that was dropped on its way and then released does not hold the content (rule 6)";
        for (name, polls) in [("dropped at once", 0), ("dropped", 1), ("dropped late", 3)] {
            let lease = self.lease(name, A);
            poll_some(self.store.claim(&lease), polls).await;
            self.later(&lease, Settlement::Release).await;
            self.is_first(&self.lease(name, A), rule).await;
        }
        let rule =
            "a commit that was dropped on its way and then given to settle_later is made (rule 6)";
        for (name, polls) in [("commit dropped at once", 0), ("commit dropped", 1)] {
            let lease = self.lease(name, A);
            self.is_first(&lease, rule).await;
            poll_some(self.store.commit(&lease), polls).await;
            self.later(&lease, Settlement::Commit).await;
            self.is_replay(&self.lease(name, A), rule).await;
        }
    }

    async fn grants_one_of_many_claims(&self) {
        let rule = "of many concurrent claims of one content exactly one is granted (rule 2)";
        for round in 0..4 {
            let name = format!("race {round}");
            let leases: Vec<Lease> = (0..64).map(|_| self.lease(&name, A)).collect();
            let claims = join_all(leases.iter().map(|lease| self.store.claim(lease))).await;
            let mut owners = Vec::new();
            for (lease, claim) in leases.iter().zip(claims) {
                match answer(claim, rule) {
                    Claim::First => owners.push(lease),
                    Claim::InFlight { .. } => {}
                    other => panic!("{rule}: one was answered {other:?}"),
                }
            }
            assert!(owners.len() == 1, "{rule}: {} were", owners.len());
            // Of the one that the content was granted to, and of as many handlers that were never granted it.
            let settled = join_all(leases.iter().map(|lease| self.store.commit(lease))).await;
            let rule = "of many concurrent commits of one content one is done, and the others are told (rule 4)";
            let settled = settled.into_iter().map(|settled| answer(settled, rule));
            let done = settled.filter(|settled| *settled == Settled::Done).count();
            assert!(done == 1, "{rule}: {done} were done");
            self.is_replay(&self.lease(&name, A), rule).await;
        }
    }

    async fn keeps_many_contents_apart(&self) {
        let leases: Vec<Lease> = (0..1000)
            .map(|n| self.lease(&format!("many {n}"), A))
            .collect();
        for some in leases.chunks(100) {
            let rule = "a thousand distinct messages are all granted (rule 1)";
            for claim in join_all(some.iter().map(|lease| self.store.claim(lease))).await {
                is(answer(claim, rule), Claim::First, rule);
            }
        }
        for some in leases.chunks(100) {
            let rule = "a thousand distinct messages can all be committed (rule 1)";
            for settled in join_all(some.iter().map(|lease| self.store.commit(lease))).await {
                is(answer(settled, rule), Settled::Done, rule);
            }
        }
        for some in leases.chunks(100) {
            let rule = "a thousand handled messages are all remembered";
            for claim in join_all(some.iter().map(|lease| self.store.claim(lease))).await {
                is(answer(claim, rule), Claim::Replay, rule);
            }
        }
    }

    async fn passes_on_a_lease_that_ran_out(&self, wait: &impl AsyncFn(Duration)) {
        let name = "ran out";
        let old = self.short_lease(name, A);
        let new = self.lease(name, A);
        self.is_first(&old, "the first claim of a message is granted")
            .await;
        self.is_in_flight_for(
            &self.lease(name, A),
            self.unit * 2,
            "a running lease protects its content",
        )
        .await;
        wait(self.unit * 3).await;
        let rule = "a lease that ran out no longer protects its content (rule 3)";
        self.is_first(&new, rule).await;
        let rule = "an owner whose lease another one took cannot release it (rule 5)";
        self.loses_release(&old, rule).await;
        self.is_in_flight(&self.lease(name, A), rule).await;
        self.later(&old, Settlement::Release).await;
        self.is_in_flight(&self.lease(name, A), rule).await;
        let rule = "a commit whose lease another owner took since counts nevertheless (rule 4)";
        self.commits(&old, rule).await;
        self.is_replay(&self.lease(name, A), rule).await;
        let rule = "an owner that fails does not undo the commit of the one before it (rule 5)";
        self.loses_release(&new, rule).await;
        self.is_replay(&self.lease(name, A), rule).await;

        let name = "ran out and released";
        let (old, new) = (self.short_lease(name, A), self.lease(name, A));
        self.is_first(&old, "the first claim of a message is granted")
            .await;
        wait(self.unit * 3).await;
        self.is_first(
            &new,
            "a lease that ran out no longer protects its content (rule 3)",
        )
        .await;
        self.releases(&new, "the new owner's release is done").await;
        let rule = "a content that its new owner released is granted to the next claim";
        self.is_first(&self.lease(name, A), rule).await;
    }

    async fn takes_a_late_settlement_where_nobody_is_in_the_way(
        &self,
        wait: &impl AsyncFn(Duration),
    ) {
        let commit = self.short_lease("late commit", A);
        let later = self.short_lease("late commit later", A);
        let release = self.short_lease("late release", A);
        for lease in [&commit, &later, &release] {
            self.is_first(lease, "the first claim of a message is granted")
                .await;
        }
        wait(self.unit * 3).await;
        let rule = "a commit whose lease ran out counts (rule 4)";
        self.commits(&commit, rule).await;
        self.is_replay(&self.lease("late commit", A), rule).await;
        self.later(&later, Settlement::Commit).await;
        self.is_replay(&self.lease("late commit later", A), rule)
            .await;
        let rule = "a release whose lease ran out leaves the content to the next claim";
        self.settles(&release, Settlement::Release, rule).await;
        self.is_first(&self.lease("late release", A), rule).await;
    }

    async fn forgets_after_the_window(&self, wait: &impl AsyncFn(Duration)) {
        let name = "window";
        let lease = self.remembered_briefly(name, A);
        self.handle(&lease).await;
        wait(self.unit * 2).await;
        let rule = "a handled content is remembered for its window";
        self.is_replay(&self.lease(name, A), rule).await;
        // Two units before its end. Had these anything to say, it would be remembered for four units more.
        self.settles(&lease, Settlement::Commit, rule).await;
        self.later(&lease, Settlement::Commit).await;
        wait(self.unit * 3).await;
        let rule = "a handled content is forgotten after its window, which a second commit does not extend (rule 5)";
        self.is_first(&self.lease(name, A), rule).await;
    }

    async fn forgets_each_content_on_its_own(&self, wait: &impl AsyncFn(Duration)) {
        let name = "windows";
        self.handle(&self.lease(name, A)).await;
        self.handle(&self.remembered_briefly(name, B)).await;
        wait(self.unit * 5).await;
        let rule = "each content of a message is forgotten on its own (rule 1)";
        self.is_replay(&self.lease(name, A), rule).await;
        self.is_revision(&self.lease(name, B), rule).await;

        let name = "windows the other way round";
        self.handle(&self.remembered_briefly(name, A)).await;
        self.handle(&self.lease(name, B)).await;
        wait(self.unit * 5).await;
        self.is_replay(&self.lease(name, B), rule).await;
        self.is_revision(&self.lease(name, A), rule).await;
    }

    async fn never_evicts_a_live_claim(&self, capacity: usize) {
        let leases: Vec<Lease> = (0..capacity)
            .map(|n| self.lease(&format!("live {n}"), A))
            .collect();
        let handled = self.lease("handled before", A);
        self.handle(&handled).await;
        let rule = "a store with room for them grants as many claims as its capacity, whatever was handled before";
        for lease in &leases {
            self.is_first(lease, rule).await;
        }
        for n in 0..3 {
            let lease = self.lease(&format!("too many {n}"), A);
            if let Ok(claim) = self.store.claim(&lease).await {
                panic!(
                    "a store full of live claims answers a claim with an error (rule 7): it was {claim:?}"
                );
            }
        }
        let rule = "no live claim is ever evicted (rule 7)";
        for n in 0..capacity {
            self.is_in_flight(&self.lease(&format!("live {n}"), A), rule)
                .await;
        }
        let rule = "a full store grants a claim again as soon as another was released";
        let mut leases = leases.into_iter();
        if let Some(lease) = leases.next() {
            self.releases(&lease, rule).await;
        }
        let next = self.lease("room again", A);
        self.is_first(&next, rule).await;
        let rule = "a full store settles what it has granted";
        self.commits(&next, rule).await;
        for lease in leases {
            self.releases(&lease, rule).await;
        }
    }

    async fn forgets_the_oldest_handled_first(&self, capacity: usize) {
        let names: Vec<String> = (0..capacity).map(|n| format!("old {n}")).collect();
        for name in &names {
            self.handle(&self.lease(name, A)).await;
        }
        let rule = "a store remembers as many contents as its capacity";
        for name in &names {
            self.is_replay(&self.lease(name, A), rule).await;
        }
        self.handle(&self.lease("one more", A)).await;
        // To ask for a forgotten content is to claim it, for which the next oldest has to go. The last is not asked
        // for.
        for (oldest, name) in names.iter().enumerate().take(3) {
            let rule = "a full store remembers all but the contents that were handled first";
            for name in names.iter().skip(oldest + 1) {
                self.is_replay(&self.lease(name, A), rule).await;
            }
            let rule = "a full store forgets the content that was handled first";
            let lease = self.lease(name, A);
            self.is_first(&lease, rule).await;
            self.commits(&lease, rule).await;
        }
    }

    /// A lease, and a window, that outlast the suite.
    pub(super) fn lease(&self, name: &str, content: u128) -> Lease {
        self.lease_of(name, content, 600, 600)
    }

    /// A lease of two units.
    pub(super) fn short_lease(&self, name: &str, content: u128) -> Lease {
        self.lease_of(name, content, 2, 600)
    }

    /// A lease with a window of four units.
    fn remembered_briefly(&self, name: &str, content: u128) -> Lease {
        self.lease_of(name, content, 600, 4)
    }

    pub(super) fn lease_of(&self, name: &str, content: u128, duration: u32, window: u32) -> Lease {
        Lease::new(
            Identity::for_test("acceptance", &format!("{}/{name}", self.run)),
            Fingerprint::from_bits(content),
            self.tokens.draw(),
            self.unit.saturating_mul(duration),
            self.unit.saturating_mul(window),
        )
    }

    pub(super) async fn handle(&self, lease: &Lease) {
        let rule = "a message that nobody has is granted and can be committed";
        match answer(self.store.claim(lease).await, rule) {
            Claim::First | Claim::Revision => self.commits(lease, rule).await,
            other => panic!("{rule}: it was {other:?}"),
        }
    }

    pub(super) async fn is_first(&self, lease: &Lease, rule: &str) {
        is(
            answer(self.store.claim(lease).await, rule),
            Claim::First,
            rule,
        );
    }

    async fn is_revision(&self, lease: &Lease, rule: &str) {
        is(
            answer(self.store.claim(lease).await, rule),
            Claim::Revision,
            rule,
        );
    }

    pub(super) async fn is_replay(&self, lease: &Lease, rule: &str) {
        is(
            answer(self.store.claim(lease).await, rule),
            Claim::Replay,
            rule,
        );
    }

    pub(super) async fn is_in_flight(&self, lease: &Lease, rule: &str) {
        self.is_in_flight_for(lease, lease.duration(), rule).await;
    }

    async fn is_in_flight_for(&self, lease: &Lease, at_most: Duration, rule: &str) {
        match answer(self.store.claim(lease).await, rule) {
            Claim::InFlight { lease_left } => assert!(
                !lease_left.is_zero() && lease_left <= at_most,
                "the lease that is left is more than nothing and no more than was asked for: \
                 {lease_left:?} are left of {at_most:?}"
            ),
            other => panic!("{rule}: it was {other:?}"),
        }
    }

    pub(super) async fn commits(&self, lease: &Lease, rule: &str) {
        is(
            answer(self.store.commit(lease).await, rule),
            Settled::Done,
            rule,
        );
    }

    pub(super) async fn releases(&self, lease: &Lease, rule: &str) {
        is(
            answer(self.store.release(lease).await, rule),
            Settled::Done,
            rule,
        );
    }

    async fn loses_commit(&self, lease: &Lease, rule: &str) {
        is(
            answer(self.store.commit(lease).await, rule),
            Settled::Lost,
            rule,
        );
    }

    pub(super) async fn loses_release(&self, lease: &Lease, rule: &str) {
        is(
            answer(self.store.release(lease).await, rule),
            Settled::Lost,
            rule,
        );
    }

    /// Settles where the contract leaves the answer open.
    async fn settles(&self, lease: &Lease, settlement: Settlement, rule: &str) {
        match settlement {
            Settlement::Commit => answer(self.store.commit(lease).await, rule),
            Settlement::Release => answer(self.store.release(lease).await, rule),
        };
    }

    pub(super) async fn later(&self, lease: &Lease, settlement: Settlement) {
        self.store.settle_later(lease.clone(), settlement);
        self.store.flush().await;
    }
}

impl<'a, S> Suite<'a, S> {
    fn new(store: &'a S, namespace: &str, unit: Duration) -> Self {
        let tokens = TokenSource::new();
        // The first half of a token is random, which makes this run's identities its own.
        let run = format!("{namespace}/{:016x}", Token::to_bits(tokens.draw()) >> 64);
        Self {
            store,
            run,
            unit,
            tokens,
        }
    }
}

pub(super) fn answer<T, E: std::error::Error>(answer: Result<T, E>, rule: &str) -> T {
    match answer {
        Ok(answer) => answer,
        Err(error) => panic!("{rule}: the store failed: {error}"),
    }
}

pub(super) fn is<T: PartialEq + Debug>(found: T, wanted: T, rule: &str) {
    assert!(found == wanted, "{rule}: it was {found:?}, not {wanted:?}");
}

/// Polls a future so many times, or to its end, and drops it.
async fn poll_some<F: Future>(future: F, polls: u32) {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 || future.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        left -= 1;
        // Polled again whether or not anything has happened: the point is to drop it between two steps.
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Polls all of them whenever one is woken: simple, and enough for a test.
pub(super) async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<Pin<Box<F>>> = futures.map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    poll_fn(|context| {
        let mut is_ready = true;
        for (future, output) in futures.iter_mut().zip(&mut outputs) {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(done) => *output = Some(done),
                    Poll::Pending => is_ready = false,
                }
            }
        }
        if is_ready {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    outputs.into_iter().flatten().collect()
}
