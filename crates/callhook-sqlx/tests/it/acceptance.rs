//! The suite that every store has to pass, in each database, at each isolation level, and with claims in either place.

use std::time::Duration;

use callhook::testing::store_acceptance;
use callhook_sqlx::SqlxStore;
use callhook_sqlx::sqlx::{self, Postgres, Sqlite};

use crate::support::{File, Level, PATIENT, database, pool, pool_at};

/// The suite waits for less than forty of these.
const UNIT: Duration = Duration::from_millis(400);

async fn passes_at(level: Level) {
    let store = SqlxStore::new(pool_at(&database(), 8, level)).timeout(PATIENT);
    store.migrate().await.expect("tables");
    store_acceptance(&store, "postgres", UNIT, tokio::time::sleep).await;
}

#[tokio::test]
async fn a_store_in_postgres_at_read_committed_passes() {
    passes_at(Level::ReadCommitted).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_in_postgres_at_repeatable_read_passes() {
    passes_at(Level::RepeatableRead).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_in_postgres_at_serializable_passes() {
    passes_at(Level::Serializable).await;
}

#[tokio::test]
async fn a_store_in_postgres_with_names_of_its_own_passes() {
    let pool = pool(&database(), 8);
    let schema = "create schema hooks";
    sqlx::query(schema).execute(&pool).await.expect("a schema");
    let store: SqlxStore<Postgres> = SqlxStore::new(pool.clone())
        .prefix("shop")
        .and_then(|store| store.schema("hooks"))
        .expect("names")
        .timeout(PATIENT);
    store.migrate().await.expect("tables");
    store_acceptance(&store, "named", UNIT, tokio::time::sleep).await;
    let rows = sqlx::query_scalar::<_, i64>("select count(*) from hooks.shop_replay");
    assert!(rows.fetch_one(&pool).await.expect("a table") > 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_in_sqlite_passes() {
    let file = File::new();
    let store: SqlxStore<Sqlite> = SqlxStore::new(file.pool()).timeout(PATIENT);
    store.migrate().await.expect("tables");
    store_acceptance(&store, "sqlite", UNIT, tokio::time::sleep).await;
}

#[tokio::test]
async fn a_store_in_postgres_with_claims_in_the_process_passes() {
    let store = SqlxStore::new(pool(&database(), 8)).timeout(PATIENT);
    let store = store.claims_in_process();
    store.migrate().await.expect("tables");
    store_acceptance(&store, "local", UNIT, tokio::time::sleep).await;
}

#[tokio::test]
async fn a_store_in_sqlite_with_claims_in_the_process_passes() {
    let file = File::new();
    let store = SqlxStore::new(file.pool()).timeout(PATIENT);
    let store = store.claims_in_process();
    store.migrate().await.expect("tables");
    store_acceptance(&store, "local", UNIT, tokio::time::sleep).await;
}
