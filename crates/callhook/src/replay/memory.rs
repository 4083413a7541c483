use super::*;
use crate::clock::Clock;
#[derive(Clone, Debug)]
pub struct MemoryStore;
#[derive(Debug)]
pub enum MemoryStoreError {}
impl std::fmt::Display for MemoryStoreError {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}
impl std::error::Error for MemoryStoreError {}
impl MemoryStore {
    pub fn new() -> Self {
        Self
    }
    pub fn with_clock(self, _: impl Clock) -> Self {
        self
    }
}
impl ReplayStore for MemoryStore {
    type Error = MemoryStoreError;
    async fn claim(&self, _: &Lease) -> Result<Claim, Self::Error> {
        Ok(Claim::First)
    }
    async fn commit(&self, _: &Lease) -> Result<Settled, Self::Error> {
        Ok(Settled::Done)
    }
    async fn release(&self, _: &Lease) -> Result<Settled, Self::Error> {
        Ok(Settled::Done)
    }
    fn settle_later(&self, _: Lease, _: Settlement) {}
    fn is_shared(&self) -> bool {
        false
    }
    async fn flush(&self) {}
}
