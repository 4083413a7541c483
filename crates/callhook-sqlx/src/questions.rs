//! What can be asked about several contents in one statement.

use std::sync::atomic::AtomicBool;

use tokio::time::Instant;

use crate::SqlxStoreError;
use crate::ask::Ask;
use crate::database::{Backend, Found};
use crate::link::Link;
use crate::steps::{AskFor, AskForNew, Marks, MarksOfAll, Noted};

/// A question that can be asked about several contents at the same time. The last argument becomes true once it has a
/// connection.
pub(crate) trait Question<DB: Backend>: Copy + Send + Sync {
    type Answer: Send;

    fn of_one(
        self,
        ask: &Ask,
        link: &Link<DB>,
        deadline: Instant,
        is_connected: &AtomicBool,
    ) -> impl Future<Output = Result<Self::Answer, SqlxStoreError>> + Send;

    /// In their order. None where one has to be asked about alone.
    fn of_all(
        self,
        asks: &[Ask],
        link: &Link<DB>,
        deadline: Instant,
        is_connected: &AtomicBool,
    ) -> impl Future<Output = Result<Vec<Option<Self::Answer>>, SqlxStoreError>> + Send;
}

/// Who has the lease.
#[derive(Clone, Copy)]
pub(crate) struct WhoHas;

impl<DB: Backend> Question<DB> for WhoHas {
    type Answer = Option<Found>;

    async fn of_one(
        self,
        ask: &Ask,
        link: &Link<DB>,
        deadline: Instant,
        is_connected: &AtomicBool,
    ) -> Result<Option<Found>, SqlxStoreError> {
        link.take_by(&Noted(AskFor(ask), is_connected), deadline)
            .await
    }

    async fn of_all(
        self,
        asks: &[Ask],
        link: &Link<DB>,
        deadline: Instant,
        is_connected: &AtomicBool,
    ) -> Result<Vec<Option<Option<Found>>>, SqlxStoreError> {
        let found = link
            .take_by(&Noted(AskForNew(asks), is_connected), deadline)
            .await?;
        Ok(found.into_iter().map(|found| found.map(Some)).collect())
    }
}

/// What is handled.
#[derive(Clone, Copy)]
pub(crate) struct IsHandled;

impl<DB: Backend> Question<DB> for IsHandled {
    type Answer = (bool, bool);

    async fn of_one(
        self,
        ask: &Ask,
        link: &Link<DB>,
        deadline: Instant,
        is_connected: &AtomicBool,
    ) -> Result<(bool, bool), SqlxStoreError> {
        link.take_by(&Noted(Marks(ask), is_connected), deadline)
            .await
    }

    async fn of_all(
        self,
        asks: &[Ask],
        link: &Link<DB>,
        deadline: Instant,
        is_connected: &AtomicBool,
    ) -> Result<Vec<Option<(bool, bool)>>, SqlxStoreError> {
        let marks = link
            .take_by(&Noted(MarksOfAll(asks), is_connected), deadline)
            .await?;
        Ok(marks.into_iter().map(Some).collect())
    }
}
