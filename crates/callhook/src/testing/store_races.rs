//! The races of the acceptance suite: several owners want one content in the same instant, and its row is not new.
//!
//! A store that is right about a new row can be wrong about one that is there already. A conditional update, for one, shows
//! the losers of a released or expired row nothing, where an insert that meets a row shows them the winner's.

use std::time::Duration;

use super::store_acceptance::{A, Suite, answer, is, join_all};
use crate::replay::{Claim, Lease, ReplayStore, Settled, Settlement};

/// Claims, or contents, at once.
const RACERS: usize = 8;

/// Of each race. A loser that is wrong now and then is wrong in one of them.
const ROUNDS: usize = 4;

impl<S: ReplayStore> Suite<'_, S> {
    /// The races that wait for nothing.
    pub(super) async fn grants_a_released_content_to_one_of_many_claims(&self) {
        let rule = "of many claims of a released content one is granted, and the others are told that it is in flight (rule 2)";
        for name in rounds("race for a released content") {
            let lease = self.lease(&name, A);
            self.is_first(&lease, "the first claim of a message is granted")
                .await;
            self.releases(&lease, "the owner's release is done").await;
            self.is_won_by_one(&name, rule).await;
        }
    }

    pub(super) async fn grants_many_contents_at_once(&self) {
        let rule = "of different contents of one message that are claimed at once, all are granted (rule 1)";
        for name in rounds("contents at once") {
            let contents = || (A..).take(RACERS);
            let leases: Vec<Lease> = contents().map(|n| self.lease(&name, n)).collect();
            for claim in join_all(leases.iter().map(|lease| self.store.claim(lease))).await {
                match answer(claim, rule) {
                    // Which of them is the first, the contract leaves open where they meet.
                    Claim::First | Claim::Revision => {}
                    other => panic!("{rule}: one was answered {other:?}"),
                }
            }
            for content in contents() {
                self.is_in_flight(&self.lease(&name, content), rule).await;
            }
            let rule =
                "contents of one message that are committed at once are all handled (rule 1)";
            for settled in join_all(leases.iter().map(|lease| self.store.commit(lease))).await {
                is(answer(settled, rule), Settled::Done, rule);
            }
            for content in contents() {
                self.is_replay(&self.lease(&name, content), rule).await;
            }
        }
    }

    pub(super) async fn takes_a_commit_amid_claims_for_a_fact(&self) {
        for name in rounds("commit of a released lease amid claims") {
            let lease = self.lease(&name, A);
            self.is_first(&lease, "the first claim of a message is granted")
                .await;
            self.releases(&lease, "the owner's release is done").await;
            self.is_committed_amid_claims(&name, &lease).await;
        }
        for name in rounds("commit of what was never claimed amid claims") {
            self.is_committed_amid_claims(&name, &self.lease(&name, A))
                .await;
        }
    }

    /// The races for what has run out.
    pub(super) async fn grants_what_ran_out_to_one_of_many_claims(
        &self,
        wait: &impl AsyncFn(Duration),
    ) {
        let first = "the first claim of a message is granted";
        for name in rounds("race for an expired lease") {
            self.is_first(&self.short_lease(&name, A), first).await;
        }
        for name in rounds("race for an expired window") {
            self.handle(&self.lease_of(&name, A, 600, 2)).await;
        }
        let committed: Vec<Lease> = rounds("commit amid claims")
            .map(|name| self.short_lease(&name, A))
            .collect();
        for lease in &committed {
            self.is_first(lease, first).await;
        }
        // A window may last one unit longer than asked for.
        wait(self.unit * 4).await;
        let rule = "of many claims of a content whose lease ran out one is granted, and the others are told that it is in flight (rule 3)";
        for name in rounds("race for an expired lease") {
            self.is_won_by_one(&name, rule).await;
        }
        let rule = "of many claims of a content whose window is over one is granted, and the others are told that it is in flight (rule 2)";
        for name in rounds("race for an expired window") {
            self.is_won_by_one(&name, rule).await;
        }
        for (name, lease) in rounds("commit amid claims").zip(&committed) {
            self.is_committed_amid_claims(&name, lease).await;
        }
    }

    /// Claims a content that nobody has, many times at once.
    async fn is_won_by_one(&self, name: &str, rule: &str) {
        let leases: Vec<Lease> = (0..RACERS).map(|_| self.lease(name, A)).collect();
        let claims = join_all(leases.iter().map(|lease| self.store.claim(lease))).await;
        let mut owners = Vec::new();
        for (lease, claim) in leases.iter().zip(claims) {
            match answer(claim, rule) {
                Claim::First => owners.push(lease),
                Claim::InFlight { lease_left } => assert!(
                    !lease_left.is_zero() && lease_left <= lease.duration(),
                    "the lease that is left to the winner of a race is more than nothing and no more than was asked \
                     for: {lease_left:?} are left of {:?}",
                    lease.duration()
                ),
                other => panic!("{rule}: one was answered {other:?}"),
            }
        }
        let [owner] = owners[..] else {
            panic!("{rule}: {} were granted", owners.len());
        };
        // A loser holds nothing that it could give back.
        for lease in leases.iter().filter(|lease| lease.token() != owner.token()) {
            self.loses_release(lease, rule).await;
        }
        self.is_in_flight(&self.lease(name, A), rule).await;
        self.commits(owner, rule).await;
        self.is_replay(&self.lease(name, A), rule).await;
    }

    /// Commits a lease that holds nothing any more, or never did, with as many claims before it as after it.
    async fn is_committed_amid_claims(&self, name: &str, late: &Lease) {
        let rule = "a commit amid claims of other owners leaves its content handled, and one of them granted at most (rule 4)";
        let claims: Vec<Lease> = (0..RACERS).map(|_| self.lease(name, A)).collect();
        let (before, after) = claims.split_at(RACERS / 2);
        let before = before.iter().map(Some);
        let steps = before.chain([None]).chain(after.iter().map(Some));
        let steps = steps.map(|claim| async move {
            match claim {
                Some(lease) => Err(self.store.claim(lease).await),
                None => Ok(self.store.commit(late).await),
            }
        });
        let mut granted = 0;
        for step in join_all(steps).await {
            match step {
                Ok(settled) => is(answer(settled, rule), Settled::Done, rule),
                Err(claim) => {
                    let is_granted = matches!(answer(claim, rule), Claim::First | Claim::Revision);
                    granted += usize::from(is_granted);
                }
            }
        }
        assert!(granted <= 1, "{rule}: {granted} were");
        self.is_replay(&self.lease(name, A), rule).await;
        for lease in &claims {
            self.loses_release(lease, rule).await;
            self.later(lease, Settlement::Release).await;
        }
        self.is_replay(&self.lease(name, A), rule).await;
    }
}

fn rounds(race: &str) -> impl Iterator<Item = String> {
    (0..ROUNDS).map(move |round| format!("{race} {round}"))
}
