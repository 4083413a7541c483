//! Claims that are held in this process, beside marks in the database.
//!
//! 1. A claim asks this process first, and then reads the mark: whoever has handled the content has marked it before it
//!    gave its claim up, so one of the two tells.
//! 2. A claim whose transaction has marked the message is not given up by anybody. It ends with its lease, and until
//!    then the mark answers copies.

use callhook::replay::{Claim, Lease, MemoryStore, ReplayStore, Settled, Settlement};

use crate::ask::Ask;
use crate::database::Backend;
use crate::link::Link;
use crate::questions::IsHandled;
use crate::steps::Marks;
use crate::together::Together;
use crate::{SqlxStoreError, SqlxStoreErrorKind};

pub(crate) struct LocalClaims {
    claims: MemoryStore,
    /// Marks that wait to be read.
    marks: Together<(bool, bool)>,
}

impl LocalClaims {
    pub(crate) fn new() -> Self {
        Self {
            claims: MemoryStore::default(),
            marks: Together::new(),
        }
    }

    pub(crate) async fn claim<DB: Backend>(
        &self,
        lease: &Lease,
        link: &Link<DB>,
    ) -> Result<Claim, SqlxStoreError> {
        let held = self.claims.claim(lease).await;
        // It is full of live claims.
        let held = held.map_err(|_| SqlxStoreError::new(SqlxStoreErrorKind::TooManyClaims))?;
        let ask = Ask::of(lease);
        let marks = if DB::ASKS_TOGETHER {
            self.marks.ask(IsHandled, ask, link).await
        } else {
            link.take(&Marks(&ask)).await
        };
        match (held, marks) {
            (Claim::First | Claim::Revision, Ok((false, has_others))) => {
                Ok(if has_others || held == Claim::Revision {
                    Claim::Revision
                } else {
                    Claim::First
                })
            }
            (held, marks) => {
                if matches!(held, Claim::First | Claim::Revision) {
                    self.release(lease).await;
                }
                match marks? {
                    (true, _) => Ok(Claim::Replay),
                    (false, _) => Ok(held),
                }
            }
        }
    }

    /// Gives the claim up, after a mark or without one. Returns whether it was held, or nobody's.
    pub(crate) async fn release(&self, lease: &Lease) -> bool {
        // A memory store always answers.
        matches!(self.claims.release(lease).await, Ok(Settled::Done))
    }

    pub(crate) fn release_now(&self, lease: Lease) {
        self.claims.settle_later(lease, Settlement::Release);
    }
}
