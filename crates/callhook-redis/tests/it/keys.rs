//! What is in the server.

use std::collections::HashSet;
use std::time::Duration;

use callhook::replay::{Claim, Fingerprint, Identity, Lease, Settled, Settlement, Token};
use callhook_redis::{RedisStore, RedisStoreErrorKind};

use crate::support::{
    Cluster, DAY, PATIENT, Server, claim, commit, handle, hasty, is_in_flight, lease, lease_of,
    release, store, within,
};
use callhook::replay::ReplayStore;

#[tokio::test]
async fn keys_are_a_prefix_and_the_digits_of_the_message_key() {
    let server = Server::start();
    let lease = lease("5202a928-07c3-4d32-a1a4-d304c9275971", 1);
    let digits = digits(&lease);
    handle(&store(&server), &lease).await;
    handle(&store(&server).prefix("shop:calls"), &lease).await;
    assert_eq!(
        server.keys(),
        [
            format!("callhook:{{{digits}}}"),
            format!("callhook:{{{digits}}}:claim"),
            format!("shop:calls:{{{digits}}}"),
            format!("shop:calls:{{{digits}}}:claim")
        ]
    );
}

/// As the first releases wrote it, the parts of the identity in the key and nobody's name on what is handled; and as those
/// after them did, the digits of the message's key without braces.
#[tokio::test]
async fn entries_of_earlier_versions_are_not_misread_and_expire_by_themselves() {
    let server = Server::start();
    let store = store(&server);
    let end = "4102444800000";
    let content = format!("{:032x}", 1);
    let second = |id: &str| format!("callhook:{}", digits(&lease(id, 1)));
    let old = [
        (
            "callhook:test:test:::cdr:handled::::".to_owned(),
            end.to_owned(),
        ),
        (
            "callhook:test:test:::cdr:held::::".to_owned(),
            format!("{end} {:032x}", 7),
        ),
        (second("handled"), format!("{end} ={:032x}", 7)),
        (second("held"), format!("{end} {:032x}", 7)),
    ];
    for (key, value) in &old {
        let _: () = server.query(&["HSET", key, &content, value]);
        let _: () = server.query(&["PEXPIRE", key, "600000"]);
    }
    let _: () = server.query(&["SET", "callhook:test:test:::cdr:text::::", "text"]);

    for id in ["handled", "held", "text"] {
        let (first, copy) = (lease(id, 1), lease(id, 1));
        assert_eq!(claim(&store, &first).await, Claim::First, "{id}");
        assert!(is_in_flight(&claim(&store, &copy).await), "{id}");
        assert_eq!(commit(&store, &first).await, Settled::Done, "{id}");
        assert_eq!(release(&store, &copy).await, Settled::Lost, "{id}");
        assert_eq!(claim(&store, &copy).await, Claim::Replay, "{id}");
    }
    for (key, value) in &old {
        let found: String = server.query(&["HGET", key, &content]);
        assert_eq!(found, *value, "{key}");
        let left: i64 = server.query(&["PTTL", key]);
        assert!(left > 0 && left <= 600_000, "{key} has {left}");
    }
    assert_eq!(server.messages().len(), old.len() + 1 + 3);
}

#[tokio::test]
async fn a_second_try_of_a_commit_is_told_from_another_owners() {
    let server = Server::start();
    let store = store(&server);
    let (one, two) = (lease("a", 1), lease("a", 1));
    assert_eq!(claim(&store, &one).await, Claim::First);
    assert_eq!(commit(&store, &one).await, Settled::Done);
    assert_eq!(commit(&store, &one).await, Settled::Done);
    assert_eq!(commit(&store, &two).await, Settled::Lost);
    assert_eq!(release(&store, &one).await, Settled::Lost);
    assert_eq!(claim(&store, &one).await, Claim::Replay);
}

#[tokio::test]
async fn stores_with_different_prefixes_are_different_stores() {
    let server = Server::start();
    let (one, two) = (store(&server), store(&server).prefix("other"));
    handle(&one, &lease("a", 1)).await;
    assert_eq!(claim(&two, &lease("a", 1)).await, Claim::First);
    assert_eq!(claim(&one.clone(), &lease("a", 1)).await, Claim::Replay);
}

#[tokio::test]
async fn no_key_is_ever_without_an_end() {
    let server = Server::start();
    let store = store(&server);
    let brief = |id: &str, token| {
        let identity = Identity::for_test("cdr", id);
        let (content, token) = (Fingerprint::from_bits(9), Token::from_bits(1 << 80 | token));
        Lease::new(
            identity,
            content,
            token,
            Duration::from_millis(30),
            Duration::from_millis(40),
        )
    };
    for n in 0..40 {
        let id = format!("{}", n % 10);
        let (one, two) = (lease(&id, n % 3), brief(&id, n));
        let _ = claim(&store, &two).await;
        let _ = claim(&store, &one).await;
        let _ = match n % 4 {
            0 => commit(&store, &one).await,
            1 => release(&store, &one).await,
            2 => commit(&store, &two).await,
            _ => release(&store, &two).await,
        };
        // Late, of a message that nobody knows, and of one whose lease is over.
        let _ = release(&store, &lease(&format!("never {n}"), 1)).await;
        let _ = commit(&store, &lease(&format!("late {n}"), 1)).await;
        for key in server.keys() {
            let left: i64 = server.query(&["PTTL", &key]);
            // -2: it has expired since.
            assert!(left > 0 || left == -2, "{key} has {left}");
            assert!(left <= DAY.as_millis() as i64, "{key} has {left}");
        }
    }
}

#[tokio::test]
async fn a_key_goes_with_the_last_of_its_contents() {
    let server = Server::start();
    let store = store(&server);
    let identity = || Identity::for_test("cdr", "a");
    let window = Duration::from_millis(200);
    let lease = Lease::new(
        identity(),
        Fingerprint::from_bits(1),
        Token::from_bits(1 << 90),
        window,
        window,
    );
    handle(&store, &lease).await;
    crate::support::until("the key is gone", async || server.keys().is_empty()).await;
    assert_eq!(claim(&store, &lease_of(identity(), 1)).await, Claim::First);
}

#[tokio::test]
async fn identities_that_could_be_confused_are_told_apart() {
    let server = Server::start();
    let store = store(&server);
    let long = "x".repeat(200 * 1024);
    let kinds_and_ids = [
        ("cdr", ""),
        ("cdr", " "),
        ("cdr", "  "),
        ("cdr", "a"),
        ("cdr", "a "),
        ("cdr", " a"),
        ("cdr", "A"),
        ("cdr", "a\n"),
        ("cdr", "a\r\n"),
        ("cdr", "a\0"),
        ("cdr", "\0a"),
        ("cdr", "a%00"),
        ("cdr", "a:b"),
        ("cdr:a", "b"),
        ("cdr%3Aa", "b"),
        ("cdr:a:b", ""),
        ("", "cdr:a:b"),
        ("", ":"),
        (":", ""),
        ("cdr", "{a}"),
        ("{cdr}", "a"),
        ("cdr", "{}"),
        ("cdr", "a*b"),
        ("cdr", "é"),
        ("cdr", "e\u{301}"),
        ("cdr", "*"),
        ("cdr", &long),
        (&long, "cdr"),
        (&long, &long),
        ("cdr", &long[1..]),
        ("cdr", &format!("{long}y")),
        ("cdr", &format!("y{long}")),
    ];
    for (kind, id) in kinds_and_ids {
        let lease = lease_of(Identity::for_test(kind, id), 1);
        assert_eq!(claim(&store, &lease).await, Claim::First);
        assert_eq!(commit(&store, &lease).await, Settled::Done);
    }
    for (kind, id) in kinds_and_ids {
        let lease = lease_of(Identity::for_test(kind, id), 1);
        assert_eq!(claim(&store, &lease).await, Claim::Replay);
    }
    let keys: HashSet<String> = server.messages().into_iter().collect();
    assert_eq!(keys.len(), kinds_and_ids.len());
    for key in keys {
        let digits = key.strip_prefix("callhook:{").expect("the prefix");
        let digits = digits.strip_suffix('}').expect("a brace");
        assert_eq!(digits.len(), 64, "{key:?}");
        assert!(
            digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{key:?}"
        );
    }
}

#[tokio::test]
async fn a_message_with_many_contents_forgets_the_first_of_them_and_no_running_one() {
    let server = Server::start();
    let store = store(&server);
    let running = lease("a", 1000);
    assert_eq!(claim(&store, &running).await, Claim::First);
    for content in 0..200 {
        handle(&store, &lease("a", content)).await;
        if content == 0 {
            // The first is told from the second by when it ends.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    assert_eq!(records(&server), 64);
    assert!(is_in_flight(&claim(&store, &lease("a", 1000)).await));
    assert_eq!(claim(&store, &lease("a", 199)).await, Claim::Replay);
    assert_eq!(claim(&store, &lease("a", 0)).await, Claim::Revision);
}

#[tokio::test]
async fn a_message_with_many_running_contents_takes_no_more() {
    let server = Server::start();
    let store = store(&server);
    let leases: Vec<Lease> = (0..64).map(|content| lease("a", content)).collect();
    for lease in &leases {
        let _ = claim(&store, lease).await;
    }
    let error = within(store.claim(&lease("a", 64)))
        .await
        .expect_err("no room");
    assert_eq!(error.kind(), RedisStoreErrorKind::TooManyContents);
    for content in 0..64 {
        assert!(is_in_flight(&claim(&store, &lease("a", content)).await));
    }
    assert_eq!(release(&store, &leases[7]).await, Settled::Done);
    assert_eq!(claim(&store, &lease("a", 64)).await, Claim::Revision);
}

#[tokio::test]
async fn one_message_stays_small_whatever_is_done_to_it() {
    let server = Server::start();
    let store = store(&server);
    for n in 0..400 {
        let one = lease("a", n);
        let _ = release(&store, &one).await;
        let _ = within(store.commit(&one)).await;
    }
    let records = records(&server);
    assert!(records <= 128, "{records} records");
}

#[tokio::test]
async fn what_somebody_else_wrote_into_a_message_counts_as_absent() {
    let server = Server::start();
    let store = store(&server);
    let nonsense = [
        String::new(),
        " ".to_owned(),
        "-".to_owned(),
        "x".repeat(31),
        // As what is handled, and as a claim, but for the end.
        "x".repeat(32),
        "x".repeat(46),
        format!("d{}4102444800000", "x".repeat(31)),
        format!("x{}4102444800000", "x".repeat(32)),
        format!("d{}410244480000x", "x".repeat(32)),
        format!("d{}-102444800000", "x".repeat(32)),
        format!("d{}0000000000000", "x".repeat(32)),
        "x".repeat(46 * 1000),
    ];
    for (n, nonsense) in nonsense.iter().enumerate() {
        for (id, written) in [("known", ""), ("claim", ":claim")] {
            let id = format!("{id}{n}");
            let (one, two) = (lease(&id, 1), lease(&id, 2));
            let key = format!("callhook:{{{}}}{written}", digits(&one));
            let _: () = server.query(&["SET", &key, nonsense]);
            assert_eq!(claim(&store, &one).await, Claim::First, "{nonsense:?}");
            assert_eq!(claim(&store, &two).await, Claim::Revision, "{nonsense:?}");
            assert!(is_in_flight(&claim(&store, &lease(&id, 1)).await));
            assert_eq!(commit(&store, &one).await, Settled::Done);
            assert_eq!(claim(&store, &lease(&id, 1)).await, Claim::Replay);
        }
    }
}

#[tokio::test]
async fn a_store_that_is_given_another_prefix_keeps_the_queue_of_settlements() {
    let server = Server::start();
    let store = store(&server);
    let first = lease("a", 1);
    assert_eq!(claim(&store, &first).await, Claim::First);
    store.settle_later(first, Settlement::Commit);
    let other = store.clone().prefix("other").timeout(PATIENT);
    other.flush().await;
    assert_eq!(claim(&store, &lease("a", 1)).await, Claim::Replay);
    assert_eq!(claim(&other, &lease("a", 1)).await, Claim::First);
}

#[tokio::test]
async fn a_forgotten_message_is_handled_again() {
    let server = Server::start();
    a_forgotten_message_is_handled_again_by(&store(&server)).await;
    assert_eq!(server.messages().len(), 3);
}

#[tokio::test]
async fn a_forgotten_message_is_handled_again_in_a_cluster() {
    let cluster = Cluster::start();
    let store = RedisStore::connect_cluster(cluster.urls()).expect("valid URLs");
    a_forgotten_message_is_handled_again_by(&store.timeout(PATIENT)).await;
}

async fn a_forgotten_message_is_handled_again_by(store: &RedisStore) {
    for content in [1, 2] {
        handle(store, &lease("a", content)).await;
    }
    let running = lease("a", 3);
    let given_up = lease("a", 4);
    assert_eq!(claim(store, &running).await, Claim::Revision);
    assert_eq!(release(store, &given_up).await, Settled::Done);
    handle(store, &lease("b", 1)).await;
    let other = store.clone().prefix("shop:calls");
    handle(&other, &lease("a", 1)).await;

    let key = lease("a", 1).identity().message_key();
    assert_eq!(within(store.forget(key)).await.expect("a count"), 2);
    assert_eq!(within(store.forget(key)).await.expect("a count"), 0);
    // Another content is still being handled.
    assert_eq!(claim(store, &lease("a", 1)).await, Claim::Revision);
    assert!(is_in_flight(&claim(store, &lease("a", 3)).await));
    let error = within(store.claim(&given_up)).await.expect_err("given up");
    assert_eq!(error.kind(), RedisStoreErrorKind::GivenUp);
    assert_eq!(commit(store, &running).await, Settled::Done);
    assert_eq!(claim(store, &lease("b", 1)).await, Claim::Replay);
    assert_eq!(claim(&other, &lease("a", 1)).await, Claim::Replay);
}

#[tokio::test]
async fn a_store_that_is_away_forgets_nothing_and_says_so() {
    let server = Server::start();
    let store = hasty(&store(&server));
    handle(&store, &lease("a", 1)).await;
    drop(server);
    let key = lease("a", 1).identity().message_key();
    let error = within(store.forget(key)).await.expect_err("no server");
    assert_eq!(error.kind(), RedisStoreErrorKind::Unreachable);
}

fn digits(lease: &Lease) -> String {
    let key = lease.identity().message_key();
    key.map(|byte| format!("{byte:02x}")).concat()
}

/// How many records its one message has.
fn records(server: &Server) -> usize {
    let length: usize = server.query(&["STRLEN", &server.messages()[0]]);
    assert_eq!(length % 46, 0);
    length / 46
}
