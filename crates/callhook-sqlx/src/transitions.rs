//! The transitions of a store, wherever its claims are held, within its limit.

use std::sync::{Mutex, PoisonError};

use callhook::replay::{Claim, Lease, Settled, Settlement};
use tokio::runtime::Handle;

use crate::SqlxStoreError;
use crate::ask::Ask;
use crate::database::{Backend, Found};
use crate::link::Link;
use crate::local::LocalClaims;
use crate::questions::WhoHas;
use crate::steps::{self, AskFor, Settle, Whose};
use crate::together::Together;

pub(crate) struct Transitions<DB: Backend> {
    link: Link<DB>,
    /// None where claims are held in the database.
    local: Option<LocalClaims>,
    /// Claims that wait to be asked for.
    claims: Together<Option<Found>>,
    /// Where the queue has its task: the runtime that the store was made in, or first used in.
    home: Mutex<Option<Handle>>,
}

impl<DB: Backend> Transitions<DB> {
    pub(crate) fn new(link: Link<DB>, local: Option<LocalClaims>) -> Self {
        let transitions = Self {
            link,
            local,
            claims: Together::new(),
            home: Mutex::default(),
        };
        transitions.home();
        transitions
    }

    pub(crate) fn link(&self) -> &Link<DB> {
        &self.link
    }

    pub(crate) fn timeout(&self) -> std::time::Duration {
        self.link.timeout()
    }

    pub(crate) async fn claim(&self, lease: &Lease) -> Result<Claim, SqlxStoreError> {
        if let Some(local) = &self.local {
            return local.claim(lease, &self.link).await;
        }
        let ask = Ask::of(lease);
        let found = if DB::ASKS_TOGETHER {
            self.claims.ask(WhoHas, ask, &self.link).await?
        } else {
            self.link.take(&AskFor(&ask)).await?
        };
        steps::claim(found, lease.duration())
    }

    pub(crate) async fn commit(&self, lease: &Lease) -> Result<Settled, SqlxStoreError> {
        let settled = self.settle(&Ask::of(lease), Settlement::Commit).await?;
        if let Some(local) = &self.local {
            local.release(lease).await;
        }
        Ok(settled)
    }

    pub(crate) async fn release(&self, lease: &Lease) -> Result<Settled, SqlxStoreError> {
        let ask = Ask::of(lease);
        let Some(local) = &self.local else {
            return self.settle(&ask, Settlement::Release).await;
        };
        let is_released = local.release(lease).await;
        Ok(match self.link.take(&Whose(&ask)).await? {
            Some(true) => Settled::AlreadyHandled,
            Some(false) => Settled::Lost,
            None if is_released => Settled::Done,
            None => Settled::Lost,
        })
    }

    /// Settles in the database.
    pub(crate) async fn settle(
        &self,
        ask: &Ask,
        settlement: Settlement,
    ) -> Result<Settled, SqlxStoreError> {
        self.link.take(&Settle(ask, settlement)).await
    }

    /// Whether that was all there was to do: a claim in this process is given up at once.
    pub(crate) fn settle_now(&self, lease: &Lease, settlement: Settlement) -> bool {
        match (&self.local, settlement) {
            (Some(local), Settlement::Release) => {
                local.release_now(lease.clone());
                true
            }
            // A claim beside a mark ends with its lease.
            _ => false,
        }
    }

    /// The runtime that the queue's task belongs to, remembered from now on.
    pub(crate) fn home(&self) -> Option<Handle> {
        let mut home = self.home.lock().unwrap_or_else(PoisonError::into_inner);
        if home.is_none() {
            *home = Handle::try_current().ok();
        }
        home.clone()
    }

    /// A task was dropped with its runtime: the next call finds another one.
    pub(crate) fn leave_home(&self) {
        *self.home.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
