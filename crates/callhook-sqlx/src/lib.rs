//! x
#![cfg_attr(docsrs, feature(doc_cfg))]
// Without a database there is not much to do.
#![cfg_attr(not(any(feature = "postgres", feature = "sqlite")), allow(dead_code))]

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
