//! The store in databases that these tests start, stop, lock and fill. They need the programs of a Postgres server.

mod acceptance;
mod auto_traits;
mod calls;
mod commit_in;
mod endpoint;
mod open_transaction;
mod postgres_trouble;
mod sqlite_trouble;
mod support;
mod tables;
mod together;
