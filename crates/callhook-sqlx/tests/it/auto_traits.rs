//! What can be sent to and shared with other threads, and what is not told.

use callhook::replay::ReplayStore;
use callhook_sqlx::sqlx::{PgPool, Postgres, Sqlite};
use callhook_sqlx::{
    CallUpdate, CallsError, ChangeCursor, Changes, CommitError, Marked, Pruning, SqlxCalls,
    SqlxStore, SqlxStoreError, StoredCalls,
};

#[tokio::test]
async fn a_store_and_its_errors_are_send_and_sync_and_tell_no_password() {
    fn is_shared<T: std::fmt::Debug + Send + Sync + 'static>() {}
    fn is_cloned<T: Clone>() {}
    fn is_error<T: std::error::Error>() {}

    is_shared::<SqlxStore<Postgres>>();
    is_shared::<SqlxStore<Sqlite>>();
    is_shared::<SqlxCalls<Postgres>>();
    is_shared::<(CallUpdate, Changes, StoredCalls, ChangeCursor)>();
    is_shared::<Pruning>();
    is_shared::<Marked>();
    is_shared::<CommitError>();
    is_shared::<SqlxStoreError>();
    is_cloned::<SqlxStore<Postgres>>();
    is_error::<CommitError>();
    is_error::<CallsError>();
    is_error::<<SqlxStore<Sqlite> as ReplayStore>::Error>();

    let url = "postgres://user:hunter2@database.internal/crm";
    let store = SqlxStore::new(PgPool::connect_lazy(url).expect("a URL"));
    let shown = format!("{:?}", store.calls());
    assert!(
        !shown.contains("hunter2") && !shown.contains("internal"),
        "{shown}"
    );
    let shown = format!("{store:?}");
    assert!(shown.starts_with("SqlxStore { database: \"PostgreSQL\""));
    assert!(
        !shown.contains("hunter2") && !shown.contains("internal"),
        "{shown}"
    );
}
