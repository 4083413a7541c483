//! Any store behind one type, so that no user has to name it, and whose panics are errors.

use std::pin::Pin;
use std::sync::Arc;

use super::panicked::{StoreError, contained, poll_contained};
use super::{Claim, Lease, ReplayStore, Settled, Settlement, StoreId};

pub(crate) type AnyStore = Arc<dyn BoxedStore>;

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
    /// `None` where the store panics, too: the receipt then belongs to no store that marks messages.
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
