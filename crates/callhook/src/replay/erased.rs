//! Any store behind one type, so that no user has to name it, and whose panics are errors.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::panicked::{StoreError, contained, poll_contained};
use super::{Claim, Lease, MemoryStore, ReplayStore, Settled, Settlement, StoreId};

/// The store of an endpoint. One in memory has nothing to wait for, so no future of it is boxed.
pub(crate) enum AnyStore {
    /// The endpoint's own, which goes by the endpoint's clock: it is told what that shows.
    Own(MemoryStore),
    Memory(MemoryStore),
    Other(Arc<dyn BoxedStore>),
}

impl AnyStore {
    pub(crate) fn of(store: impl ReplayStore) -> Self {
        match (&store as &dyn Any).downcast_ref::<MemoryStore>() {
            Some(store) => Self::Memory(store.clone()),
            None => Self::Other(Arc::new(store)),
        }
    }

    /// `now` is what the endpoint's clock shows.
    pub(crate) async fn claim(&self, lease: &Lease, now: Duration) -> Result<Claim, StoreError> {
        match self {
            Self::Own(store) => Ok(contained(|| store.claim_at(lease, now))??),
            Self::Memory(store) => Ok(contained(|| store.claim_now(lease))??),
            Self::Other(store) => store.claim(lease).await,
        }
    }

    /// `now` is what the endpoint's clock shows.
    pub(crate) async fn settle(
        &self,
        lease: &Lease,
        settlement: Settlement,
        now: Duration,
    ) -> Result<Settled, StoreError> {
        match self {
            Self::Own(store) => Ok(contained(|| store.settle_at(lease, settlement, now))??),
            Self::Memory(store) => Ok(contained(|| store.settle_now(lease, settlement))??),
            Self::Other(store) => store.settle(lease, settlement).await,
        }
    }

    pub(crate) fn settle_later(
        &self,
        lease: Lease,
        settlement: Settlement,
    ) -> Result<(), StoreError> {
        match self {
            Self::Own(store) | Self::Memory(store) => contained(|| {
                // A best effort: all that can go wrong is a commit that comes late and finds no room among live claims.
                let _ = store.settle_now(&lease, settlement);
            }),
            Self::Other(store) => store.settle_later(lease, settlement),
        }
    }

    pub(crate) async fn flush(&self) -> Result<(), StoreError> {
        match self {
            Self::Own(_) | Self::Memory(_) => Ok(()),
            Self::Other(store) => store.flush().await,
        }
    }

    /// `None` where the store panics, too: the receipt then belongs to no store that marks messages.
    pub(crate) fn store_id(&self) -> Option<StoreId> {
        match self {
            Self::Own(_) | Self::Memory(_) => None,
            Self::Other(store) => store.store_id(),
        }
    }
}

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// [`ReplayStore`] with its futures boxed and its error erased. A panic of the store is an error like any other.
pub(crate) trait BoxedStore: Send + Sync + 'static {
    fn claim<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<Claim, StoreError>>;
    fn settle<'a>(
        &'a self,
        lease: &'a Lease,
        settlement: Settlement,
    ) -> BoxFuture<'a, Result<Settled, StoreError>>;
    fn settle_later(&self, lease: Lease, settlement: Settlement) -> Result<(), StoreError>;
    fn flush(&self) -> BoxFuture<'_, Result<(), StoreError>>;
    fn store_id(&self) -> Option<StoreId>;
}

impl<S: ReplayStore> BoxedStore for S {
    fn claim<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<Claim, StoreError>> {
        Box::pin(poll_contained(async move {
            Ok(ReplayStore::claim(self, lease).await?)
        }))
    }

    fn settle<'a>(
        &'a self,
        lease: &'a Lease,
        settlement: Settlement,
    ) -> BoxFuture<'a, Result<Settled, StoreError>> {
        Box::pin(poll_contained(async move {
            Ok(match settlement {
                Settlement::Commit => self.commit(lease).await?,
                Settlement::Release => self.release(lease).await?,
            })
        }))
    }

    fn settle_later(&self, lease: Lease, settlement: Settlement) -> Result<(), StoreError> {
        contained(|| ReplayStore::settle_later(self, lease, settlement))
    }

    fn flush(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(poll_contained(async move {
            ReplayStore::flush(self).await;
            Ok(())
        }))
    }

    fn store_id(&self) -> Option<StoreId> {
        contained(|| ReplayStore::store_id(self)).ok().flatten()
    }
}
