//! Places where a test holds what it tests.

use tokio::sync::watch;

use super::within;

/// A number that grows, and can be waited for.
#[derive(Debug, Default)]
pub(crate) struct Count(watch::Sender<usize>);

impl Count {
    pub(crate) fn add(&self) {
        self.0.send_modify(|count| *count += 1);
    }

    pub(crate) fn get(&self) -> usize {
        *self.0.borrow()
    }

    pub(crate) async fn reach(&self, count: usize) {
        let mut counted = self.0.subscribe();
        within("a count", counted.wait_for(|counted| *counted >= count))
            .await
            .expect("the count outlives its waiters");
    }
}

/// Open until it is closed.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    is_closed: watch::Sender<bool>,
    arrived: Count,
}

impl Gate {
    pub(crate) fn close(&self) {
        self.is_closed.send_replace(true);
    }

    pub(crate) fn open(&self) {
        self.is_closed.send_replace(false);
    }

    /// How many came here, whether or not they have passed.
    pub(crate) fn arrived(&self) -> &Count {
        &self.arrived
    }

    pub(crate) async fn pass(&self) {
        self.arrived.add();
        let mut is_closed = self.is_closed.subscribe();
        is_closed
            .wait_for(|is_closed| !is_closed)
            .await
            .expect("the gate outlives those who wait at it");
    }
}
