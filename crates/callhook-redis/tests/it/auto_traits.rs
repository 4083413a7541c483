//! What can be sent to and shared with other threads, and what is not told.

use callhook::replay::ReplayStore;
use callhook_redis::{RedisStore, RedisStoreError, RedisStoreErrorKind};

#[test]
fn a_store_and_its_error_are_send_sync_and_clone() {
    fn is_shared<T: Clone + std::fmt::Debug + Send + Sync + 'static>() {}
    fn is_error<T: std::error::Error>() {}

    is_shared::<RedisStore>();
    is_shared::<RedisStoreError>();
    is_shared::<RedisStoreErrorKind>();
    is_error::<<RedisStore as ReplayStore>::Error>();
}

#[test]
fn a_store_is_made_outside_a_runtime_and_does_not_tell_its_password() {
    let store =
        RedisStore::connect("redis://user:hunter2@redis.internal:6379/3").expect("a valid URL");
    assert_eq!(
        format!("{store:?}"),
        r#"RedisStore { prefix: "callhook", timeout: 1s, .. }"#
    );
}

#[test]
fn a_url_of_no_redis_server_is_refused_and_not_repeated() {
    for url in [
        "",
        "hunter2",
        "http://user:hunter2@host",
        "redis://user:hunter2@host/db",
    ] {
        let error = RedisStore::connect(url).expect_err(url);
        assert_eq!(error.kind(), RedisStoreErrorKind::Config);
        let source = std::error::Error::source(&error).map(ToString::to_string);
        let told = format!("{error} {error:?} {source:?}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    let error = RedisStore::connect_cluster([""; 0]).expect_err("no URL");
    assert_eq!(error.kind(), RedisStoreErrorKind::Config);
}
