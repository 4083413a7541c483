//! Any store behind one type, so that no user has to name it.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;

use super::{Claim, Lease, ReplayStore, Settled, Settlement, StoreId};

pub(crate) type AnyStore = Arc<dyn BoxedStore>;
pub(crate) type StoreError = Box<dyn Error + Send + Sync>;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// [`ReplayStore`] with its futures boxed and its error erased.
pub(crate) trait BoxedStore: Send + Sync + 'static {
    fn claim<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<Claim, StoreError>>;
    fn settle<'a>(
        &'a self,
        lease: &'a Lease,
        settlement: Settlement,
    ) -> BoxFuture<'a, Result<Settled, StoreError>>;
    fn settle_later(&self, lease: Lease, settlement: Settlement);
    fn flush(&self) -> BoxFuture<'_, ()>;
    fn store_id(&self) -> Option<StoreId>;
}

impl<S: ReplayStore> BoxedStore for S {
    fn claim<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<Claim, StoreError>> {
        Box::pin(async move { Ok(ReplayStore::claim(self, lease).await?) })
    }

    fn settle<'a>(
        &'a self,
        lease: &'a Lease,
        settlement: Settlement,
    ) -> BoxFuture<'a, Result<Settled, StoreError>> {
        Box::pin(async move {
            Ok(match settlement {
                Settlement::Commit => self.commit(lease).await?,
                Settlement::Release => self.release(lease).await?,
            })
        })
    }

    fn settle_later(&self, lease: Lease, settlement: Settlement) {
        ReplayStore::settle_later(self, lease, settlement);
    }

    fn flush(&self) -> BoxFuture<'_, ()> {
        Box::pin(ReplayStore::flush(self))
    }

    fn store_id(&self) -> Option<StoreId> {
        ReplayStore::store_id(self)
    }
}
