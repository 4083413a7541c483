//! Claims and commits without a script, beside others whose leases are over. A lease is over where its key is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use callhook::replay::{Claim, Settled};
use callhook_redis::RedisStore;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{PATIENT, Server, claim, commit, handle, is_in_flight, lease, release, store};

#[tokio::test]
async fn a_copy_after_the_lease_is_a_replay_and_holds_nothing() {
    let server = Server::start();
    let store = store(&server);
    handle(&store, &lease("a", 1)).await;
    end_lease(&server);
    for _ in 0..2 {
        assert_eq!(claim(&store, &lease("a", 1)).await, Claim::Replay);
        assert_eq!(server.keys(), server.messages());
    }
}

/// The first try has made the claim, and the second finds it.
#[tokio::test]
async fn a_copy_after_the_lease_holds_nothing_where_its_first_answer_was_lost() {
    let server = Server::start();
    handle(&store(&server), &lease("a", 1)).await;
    end_lease(&server);
    let loses_answer = Arc::new(AtomicBool::new(false));
    let port = proxy(&server, Arc::clone(&loses_answer)).await;
    let store = RedisStore::connect(&format!("redis://127.0.0.1:{port}")).expect("a valid URL");
    let store = store.timeout(PATIENT);
    store.ping().await.expect("a server that answers");
    loses_answer.store(true, Ordering::SeqCst);
    assert_eq!(claim(&store, &lease("a", 1)).await, Claim::Replay);
    assert!(!loses_answer.load(Ordering::SeqCst), "an answer was lost");
    assert_eq!(server.keys(), server.messages());
}

#[tokio::test]
async fn another_content_after_the_lease_is_a_revision_that_one_of_its_claims_gets() {
    let server = Server::start();
    let store = store(&server);
    handle(&store, &lease("a", 1)).await;
    end_lease(&server);
    assert_eq!(claim(&store, &lease("a", 2)).await, Claim::Revision);
    assert!(is_in_flight(&claim(&store, &lease("a", 2)).await));
    assert_eq!(claim(&store, &lease("a", 1)).await, Claim::Replay);
}

#[tokio::test]
async fn a_late_commit_leaves_another_contents_claim_alone() {
    let server = Server::start();
    let store = store(&server);
    let (late, other) = (lease("a", 1), lease("a", 2));
    assert_eq!(claim(&store, &late).await, Claim::First);
    end_lease(&server);
    assert_eq!(claim(&store, &other).await, Claim::First);
    assert_eq!(commit(&store, &late).await, Settled::Done);
    assert_eq!(claim(&store, &lease("a", 1)).await, Claim::Replay);
    assert!(is_in_flight(&claim(&store, &lease("a", 2)).await));
    assert_eq!(commit(&store, &other).await, Settled::Done);
    for content in [1, 2] {
        assert_eq!(claim(&store, &lease("a", content)).await, Claim::Replay);
    }
}

#[tokio::test]
async fn a_late_commit_takes_its_content_from_who_holds_it() {
    let server = Server::start();
    let store = store(&server);
    let (late, other) = (lease("a", 1), lease("a", 1));
    assert_eq!(claim(&store, &late).await, Claim::First);
    end_lease(&server);
    assert_eq!(claim(&store, &other).await, Claim::First);
    assert_eq!(commit(&store, &late).await, Settled::Done);
    assert_eq!(claim(&store, &lease("a", 1)).await, Claim::Replay);
    assert_eq!(commit(&store, &other).await, Settled::Lost);
    assert_eq!(release(&store, &other).await, Settled::Lost);
    assert_eq!(claim(&store, &lease("a", 1)).await, Claim::Replay);
    let key = late.identity().message_key();
    assert_eq!(store.forget(key).await.expect("a count"), 1);
    assert_eq!(claim(&store, &lease("a", 1)).await, Claim::First);
}

#[tokio::test]
async fn what_was_handled_within_its_lease_can_be_forgotten() {
    let server = Server::start();
    let store = store(&server);
    let handled = lease("a", 1);
    handle(&store, &handled).await;
    let key = handled.identity().message_key();
    assert_eq!(store.forget(key).await.expect("a count"), 1);
    assert_eq!(server.keys(), [""; 0]);
}

/// As where another content came between a claim and the look at what is known.
#[tokio::test]
async fn the_content_that_was_claimed_first_stays_the_first() {
    let server = Server::start();
    let store = store(&server);
    let (first, second) = (lease("a", 1), lease("a", 2));
    assert_eq!(claim(&store, &first).await, Claim::First);
    assert_eq!(claim(&store, &second).await, Claim::Revision);
    assert_eq!(claim(&store, &first).await, Claim::First);
    assert_eq!(commit(&store, &first).await, Settled::Done);
    assert_eq!(claim(&store, &second).await, Claim::Revision);

    let (first, second) = (lease("b", 1), lease("b", 2));
    assert_eq!(claim(&store, &first).await, Claim::First);
    handle(&store, &second).await;
    assert_eq!(claim(&store, &first).await, Claim::First);
}

/// On a connection that the store has given up, of which nobody reads the answers.
#[tokio::test]
async fn a_claim_after_its_release_makes_no_key() {
    let server = Server::start();
    let store = store(&server);
    assert_eq!(release(&store, &lease("a", 1)).await, Settled::Done);
    let key = format!("{}:claim", server.messages()[0]);
    let made: Option<String> = server.query(&["SET", &key, "late", "NX", "PX", "60000"]);
    assert_eq!(made, None);
    assert_eq!(claim(&store, &lease("a", 1)).await, Claim::First);
    let made: Option<String> = server.query(&["SET", &key, "late", "NX", "PX", "60000"]);
    assert_eq!(made, None);
}

/// The port of a proxy that closes a connection instead of passing an answer on, once, when it is told to.
async fn proxy(server: &Server, loses_answer: Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = server.port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(("127.0.0.1", server)).await;
            let server = server.expect("a server");
            tokio::spawn(pass_on(client, server, Arc::clone(&loses_answer)));
        }
    });
    port
}

async fn pass_on(mut client: TcpStream, mut server: TcpStream, loses_answer: Arc<AtomicBool>) {
    let (mut asked, mut answered) = ([0; 4096], [0; 4096]);
    loop {
        let passed_on = tokio::select! {
            Ok(length @ 1..) = client.read(&mut asked) => server.write_all(&asked[..length]).await,
            Ok(length @ 1..) = server.read(&mut answered) => {
                if loses_answer.swap(false, Ordering::SeqCst) {
                    return;
                }
                client.write_all(&answered[..length]).await
            }
            else => return,
        };
        if passed_on.is_err() {
            return;
        }
    }
}

fn end_lease(server: &Server) {
    let key = format!("{}:claim", message(server));
    let ended: u64 = server.query(&["DEL", &key]);
    assert_eq!(ended, 1);
}

/// The key of its one message.
fn message(server: &Server) -> String {
    let key = server.keys().remove(0);
    key.trim_end_matches(":claim").to_owned()
}
