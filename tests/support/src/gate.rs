//! Places where a test holds what it tests.

use tokio::sync::watch;

use super::within;

/// A number that grows, and can be waited for.
#[derive(Debug, Default)]
pub struct Count(watch::Sender<usize>);

impl Count {
    pub fn add(&self) {
        self.0.send_modify(|count| *count += 1);
    }

    pub fn get(&self) -> usize {
        *self.0.borrow()
    }

    pub async fn reach(&self, count: usize) {
        let mut counted = self.0.subscribe();
        within("a count", counted.wait_for(|counted| *counted >= count))
            .await
            .expect("the count outlives its waiters");
    }
}

/// Open until it is closed.
#[derive(Debug, Default)]
pub struct Gate {
    is_closed: watch::Sender<bool>,
    arrived: Count,
}

impl Gate {
    pub fn close(&self) {
        self.is_closed.send_replace(true);
    }

    pub fn open(&self) {
        self.is_closed.send_replace(false);
    }

    /// How many came here, whether or not they have passed.
    pub fn arrived(&self) -> &Count {
        &self.arrived
    }

    pub async fn pass(&self) {
        self.arrived.add();
        let mut is_closed = self.is_closed.subscribe();
        is_closed
            .wait_for(|is_closed| !is_closed)
            .await
            .expect("the gate outlives those who wait at it");
    }
}
