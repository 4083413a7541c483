//! Lookups, and what is kept of them.

use std::future::{pending, ready};
use std::sync::Mutex;

use tokio::sync::{Semaphore, oneshot};
use tokio::task::{JoinHandle, yield_now};

use super::cache::{MAX_NAMES, MAX_UNKNOWN};
use super::*;
use crate::clock::ManualClock;

/// Knows `acme`, in any case, and everybody whose name begins with `t`. `down` can't be told.
struct Directory {
    asked: Mutex<Vec<String>>,
    secret: Mutex<&'static str>,
    /// Closed as long as it has no permit.
    gate: Semaphore,
}

impl Directory {
    fn open() -> Arc<Self> {
        Self::with_permits(Semaphore::MAX_PERMITS)
    }

    fn closed() -> Arc<Self> {
        Self::with_permits(0)
    }

    fn with_permits(permits: usize) -> Arc<Self> {
        Arc::new(Self {
            asked: Mutex::default(),
            secret: Mutex::new("the first secret"),
            gate: Semaphore::new(permits),
        })
    }

    fn asked(&self) -> usize {
        self.asked.lock().expect("no panic").len()
    }

    fn rotate(&self) {
        *self.secret.lock().expect("no panic") = "the second secret";
    }
}

impl TenantLookup for Arc<Directory> {
    type Error = Box<dyn Error + Send + Sync>;

    async fn look_up(&self, name: String) -> Result<Option<Tenant>, Self::Error> {
        self.asked.lock().expect("no panic").push(name.clone());
        let secret = *self.secret.lock().expect("no panic");
        let _permit = self.gate.acquire().await?;
        match name.to_ascii_lowercase().as_str() {
            "acme" => Ok(Some(Tenant::new("7", secret)?)),
            "down" => Err("the database is down".into()),
            other if other.starts_with('t') => Ok(Some(Tenant::new(other, secret)?)),
            _ => Ok(None),
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);
const TTL: Duration = Duration::from_secs(60);

fn cached(directory: &Arc<Directory>) -> (Arc<Tenants>, ManualClock) {
    let clock = ManualClock::default();
    let tenants = Tenants::path_segment(Arc::clone(directory)).cached(TTL);
    let tenants = tenants.with_clock(&(Arc::new(clock.clone()) as Arc<dyn Clock>));
    (Arc::new(tenants), clock)
}

/// The tenant's id and the number of the secret that it has.
type Found = Result<Option<(String, u8)>, String>;

async fn find(tenants: &Tenants, name: &str) -> Found {
    find_within(tenants, name, pending()).await
}

async fn find_within(tenants: &Tenants, name: &str, sleep: impl Future<Output = ()>) -> Found {
    match tenants.find(Some(name), |_| sleep).await {
        Ok(ResolvedTenant::Known(tenant)) => {
            let is_first = tenant.secrets().matching(b"the first secret").is_some();
            Ok(Some((
                tenant.id().to_string(),
                if is_first { 1 } else { 2 },
            )))
        }
        Ok(ResolvedTenant::Unknown) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

fn acme(secret: u8) -> Found {
    Ok(Some(("7".to_owned(), secret)))
}

/// Lets every task run that can.
async fn settle() {
    for _ in 0..10 {
        yield_now().await;
    }
}

/// Of requests that come at once.
async fn begin(tenants: &Arc<Tenants>, name: &'static str, count: usize) -> Vec<JoinHandle<Found>> {
    let begin = |_| {
        let tenants = Arc::clone(tenants);
        tokio::spawn(async move { find(&tenants, name).await })
    };
    let requests = (0..count).map(begin).collect();
    settle().await;
    requests
}

async fn ends(requests: Vec<JoinHandle<Found>>) -> Vec<Found> {
    let mut ends = Vec::new();
    for request in requests {
        let end = tokio::time::timeout(Duration::from_secs(60), request).await;
        ends.push(end.expect("it is woken").expect("no panic"));
    }
    ends
}

#[tokio::test]
async fn without_a_cache_each_request_makes_a_lookup() {
    let directory = Directory::open();
    let tenants = Tenants::path_segment(Arc::clone(&directory));
    for asked in 1..=2 {
        assert_eq!(find(&tenants, "acme").await, acme(1));
        assert_eq!(directory.asked(), asked);
    }
}

#[tokio::test]
async fn a_tenant_is_kept_for_the_time_and_a_name_of_nobody_for_ten_seconds_of_it() {
    let directory = Directory::open();
    let (tenants, clock) = cached(&directory);
    let asked = async |name| {
        let before = directory.asked();
        drop(find(&tenants, name).await);
        directory.asked() - before
    };
    assert_eq!([asked("acme").await, asked("nobody").await], [1, 1]);
    clock.advance(10 * SECOND - SECOND / 2);
    assert_eq!([asked("acme").await, asked("nobody").await], [0, 0]);
    clock.advance(SECOND / 2);
    assert_eq!([asked("acme").await, asked("nobody").await], [0, 1]);
    clock.advance(50 * SECOND);
    assert_eq!([asked("acme").await, asked("nobody").await], [1, 1]);
}

#[tokio::test]
async fn an_error_is_not_kept() {
    let directory = Directory::open();
    let (tenants, _) = cached(&directory);
    for asked in 1..=2 {
        let down = Err("the database is down".to_owned());
        assert_eq!(find(&tenants, "down").await, down);
        assert_eq!(directory.asked(), asked);
    }
}

#[tokio::test]
async fn concurrent_requests_for_one_name_share_one_lookup_and_its_error() {
    let directory = Directory::closed();
    let (tenants, _) = cached(&directory);
    let of_acme = begin(&tenants, "acme", 5).await;
    let of_nobody = begin(&tenants, "nobody", 5).await;
    let of_down = begin(&tenants, "down", 5).await;
    let asked = directory.asked.lock().expect("no panic").clone();
    assert_eq!(asked, ["acme", "nobody", "down"]);
    directory.gate.add_permits(1);
    let down = Err("the database is down".to_owned());
    assert_eq!(ends(of_acme).await, vec![acme(1); 5]);
    assert_eq!(ends(of_nobody).await, vec![Ok(None); 5]);
    assert_eq!(ends(of_down).await, vec![down; 5]);
    assert_eq!(directory.asked(), 3);
}

#[tokio::test]
async fn where_the_request_that_makes_the_lookup_is_dropped_one_of_the_others_makes_it() {
    let directory = Directory::closed();
    let (tenants, _) = cached(&directory);
    let mut requests = begin(&tenants, "acme", 5).await;
    // One that waits goes unnoticed.
    requests.remove(3).abort();
    settle().await;
    assert_eq!(directory.asked(), 1);
    requests.remove(0).abort();
    settle().await;
    assert_eq!(directory.asked(), 2);
    requests.remove(0).abort();
    settle().await;
    assert_eq!(directory.asked(), 3);
    directory.gate.add_permits(1);
    assert_eq!(ends(requests).await, vec![acme(1); 2]);
    assert_eq!(find(&tenants, "acme").await, acme(1));
    assert_eq!(directory.asked(), 3);
}

#[tokio::test]
async fn where_nobody_is_left_who_waits_nothing_of_a_lookup_is_left() {
    let directory = Directory::closed();
    let (tenants, _) = cached(&directory);
    for request in begin(&tenants, "acme", 3).await {
        request.abort();
    }
    settle().await;
    let cache = tenants.cache.as_ref().expect("a cache");
    assert_eq!(cache.sizes(), [0; 4]);
}

#[tokio::test]
async fn those_who_wait_for_a_lookup_that_takes_too_long_are_told_so_with_it() {
    let directory = Directory::closed();
    let (tenants, _) = cached(&directory);
    let (over, is_over) = oneshot::channel::<()>();
    let of_first = Arc::clone(&tenants);
    let first =
        tokio::spawn(
            async move { find_within(&of_first, "acme", async { drop(is_over.await) }).await },
        );
    settle().await;
    let mut requests = begin(&tenants, "acme", 3).await;
    requests.push(first);
    over.send(()).expect("it waits");
    let too_long = Err("no answer within 2s".to_owned());
    assert_eq!(ends(requests).await, vec![too_long; 4]);
    assert_eq!(directory.asked(), 1);

    // One who waits has a deadline of its own, and takes nobody along.
    let requests = begin(&tenants, "acme", 2).await;
    let late = find_within(&tenants, "acme", ready(())).await;
    assert_eq!(late, Err("no answer within 2s".to_owned()));
    directory.gate.add_permits(1);
    assert_eq!(ends(requests).await, vec![acme(1); 2]);
    assert_eq!(directory.asked(), 2);
}

#[tokio::test]
async fn a_tenant_is_forgotten_by_its_id_under_all_of_its_names_and_a_name_by_itself() {
    let directory = Directory::open();
    let (tenants, _) = cached(&directory);
    for name in ["acme", "ACME", "t1", "nobody"] {
        drop(find(&tenants, name).await);
    }
    directory.rotate();
    assert_eq!(find(&tenants, "acme").await, acme(1));
    tenants.forget("7");
    assert_eq!(find(&tenants, "acme").await, acme(2));
    assert_eq!(find(&tenants, "ACME").await, acme(2));
    assert_eq!(find(&tenants, "t1").await, Ok(Some(("t1".to_owned(), 1))));
    assert_eq!(directory.asked(), 6);
    tenants.forget("nobody");
    tenants.forget("ACME");
    for name in ["acme", "ACME", "t1", "nobody"] {
        drop(find(&tenants, name).await);
    }
    assert_eq!(directory.asked(), 8);
}

#[tokio::test]
async fn what_is_forgotten_while_it_is_looked_up_is_not_kept_and_nobody_else_waits_for_it() {
    let directory = Directory::closed();
    let (tenants, _) = cached(&directory);
    let before = begin(&tenants, "acme", 2).await;
    directory.rotate();
    tenants.forget("7");
    let after = begin(&tenants, "acme", 2).await;
    assert_eq!(directory.asked(), 2);
    directory.gate.add_permits(1);
    assert_eq!(ends(before).await, vec![acme(1); 2]);
    assert_eq!(ends(after).await, vec![acme(2); 2]);
    assert_eq!(find(&tenants, "acme").await, acme(2));
    assert_eq!(directory.asked(), 2);
}

#[tokio::test]
async fn strangers_push_out_no_tenant_and_many_spellings_push_out_each_other() {
    let directory = Directory::open();
    let (tenants, _) = cached(&directory);
    let cache = tenants.cache.as_ref().expect("a cache");
    drop(find(&tenants, "acme").await);
    drop(find(&tenants, "t1").await);
    for number in 0..=MAX_UNKNOWN {
        drop(find(&tenants, &format!("nobody {number}")).await);
    }
    assert_eq!(cache.sizes(), [2, MAX_UNKNOWN, 2, 0]);
    let asked = directory.asked();
    drop(find(&tenants, "acme").await);
    assert_eq!(directory.asked(), asked);

    let spelling = |number: usize| {
        let upper = |(at, char): (usize, char)| match number >> at & 1 {
            1 => char.to_ascii_uppercase(),
            _ => char,
        };
        "acme".chars().enumerate().map(upper).collect::<String>()
    };
    for number in 1..=MAX_NAMES {
        drop(find(&tenants, &spelling(number)).await);
    }
    assert_eq!(
        cache.sizes(),
        [MAX_NAMES + 1, MAX_UNKNOWN, MAX_NAMES + 1, 0]
    );
    let asked = directory.asked();
    drop(find(&tenants, "t1").await);
    drop(find(&tenants, &spelling(MAX_NAMES)).await);
    assert_eq!(directory.asked(), asked);
    drop(find(&tenants, "acme").await);
    assert_eq!(directory.asked(), asked + 1);
}

#[tokio::test]
async fn debug_shows_no_tenant() {
    let (tenants, _) = cached(&Directory::open());
    drop(find(&tenants, "acme").await);
    assert_eq!(
        format!("{tenants:?}"),
        "Tenants { location: PathSegment(0), timeout: 2s, cached: Some(60s), .. }"
    );
}
