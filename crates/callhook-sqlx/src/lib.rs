//! x
#![cfg_attr(docsrs, feature(doc_cfg))]

mod ask;
mod commit;
mod database;
mod error;
mod later;
mod link;
mod local;
mod migrate;
mod names;
#[cfg(feature = "postgres")]
mod postgres;
mod prune;
#[cfg(feature = "sqlite")]
mod sqlite;
pub mod statements;
mod steps;
mod store;
mod transitions;

pub use sqlx;

pub use self::commit::{CommitError, Marked};
pub use self::database::StoreDatabase;
pub use self::error::{SqlxStoreError, SqlxStoreErrorKind};
pub use self::prune::Pruning;
pub use self::store::SqlxStore;
