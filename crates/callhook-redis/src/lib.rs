//! A replay store that several processes share, for [callhook], over Redis or Valkey.
//!
//! ```no_run
//! use callhook::{Endpoint, telecmi::Telecmi};
//! use callhook_redis::RedisStore;
//!
//! # fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let store = RedisStore::connect("redis://redis.internal:6379")?;
//! let endpoint = Endpoint::builder(Telecmi)
//!     .name("calls")
//!     .query_token("token", std::env::var("CALLHOOK_TOKEN")?)
//!     .replay_store(store)
//!     .build()?;
//! # let _ = endpoint;
//! # Ok(())
//! # }
//! ```
//!
//! 1. **One round trip to claim a new message, and one to commit it**, by plain commands: `SET NX` with a `GET`, and
//!    `SET NX`. A copy of a handled message takes one too, until the lease of the first ends. Only where something else
//!    is known of the message does a script follow, in a second round trip: for a copy while the first is being
//!    handled, a copy of a handled message after that lease, another content, a message that was released. In a
//!    cluster, a claim takes one round trip more, as `SET` and `GET` are sent one after the other. A release is one
//!    script. A script runs completely or not at all. The first call of each script after a restart of the server takes
//!    one more round trip, to send the script. Leases of more than two minutes, and windows of less, always take the
//!    scripts.
//! 2. **One clock.** Leases and windows are measured by the server's clock, so the clocks of the processes don't
//!    matter. Keep the server's in step: one that is set back by an hour makes each lease an hour longer.
//! 3. **One string for each message**, with all of its contents, under a key of the prefix, a colon, and in braces the
//!    64 hexadecimal digits of the [`message_key`](callhook::replay::Identity::message_key), which logs show too. A
//!    second one is under that key and `:claim`, until the lease of a new message ends, and for as long as the first
//!    one where a message was released or has several contents. No part of a message can be read from them. Every key
//!    expires, with its last content.
//! 4. **One message has 64 contents at most**, so that nobody can make one message expensive for all others. Beyond
//!    this, the one of them that would be forgotten first is forgotten. While 64 contents of one message are being
//!    handled, the next is refused with an error, which the endpoint treats as a failure of the store: by default it is
//!    handled unchecked.
//! 5. **Each call ends within its timeout**, one second [by default](RedisStore::timeout), including the time to
//!    connect. Where Redis is down, hangs, still loads, is out of memory, or is a replica, it ends in an error, and no
//!    message that wasn't handled is taken for a replay. The endpoint's
//!    [`on_store_failure`](callhook::EndpointBuilder::on_store_failure) says what happens then. A server that is down
//!    refuses at once; one that hangs costs each message its timeout.
//! 6. **It reconnects.** The connection is made when it is first needed, and again after it broke, after a call that
//!    timed out, and after an answer that only a replica gives, since the name may then lead to another server. The
//!    first call after an outage is answered. A connection that the application has made, and one to a cluster,
//!    reconnect as the `redis` crate implements it.
//! 7. **A release leaves a tombstone**, which is kept for the length of a lease. A claim that a hanging server executes
//!    only after the endpoint has given it up finds the tombstone, and holds nothing.
//! 8. **What could not be settled waits**, ten thousand settlements at most, and is tried again: for half an hour at
//!    most. [`Endpoint::idle`](callhook::Endpoint::idle) waits for them
//!    for three seconds, or three timeouts if that is more. A success that waited counts, even if another handler holds
//!    the message by then; if that handler had succeeded too, this is logged.
//! 9. It needs a tokio runtime with its timer enabled. The connection and the queue live in the one that the store was
//!    made in, or else was first used in: with actix-web, make it in `main`, whose runtime outlives the workers'.
//!
//! # The server
//!
//! Redis 6 or newer, or any Valkey, alone, with replicas, or as a cluster.
//!
//! - **Memory**: about 250 bytes for a handled message (redis-server 7.0 on 64 bits), a fifth of a gigabyte
//!   for a day of ten messages a second, and as much again until its lease ends. A second content takes some 200 bytes,
//!   each further one 46.
//! - **Eviction** forgets handled messages before their time, and even running leases: copies are handled again. Use
//!   `maxmemory-policy noeviction`; a server that is full then refuses, and the endpoint's policy decides. It can't
//!   release or forget one of several contents of a message either: what is not released ends with its lease. A
//!   `volatile-*` policy evicts these keys too, for all of them expire: it needs room to spare. Don't use a server
//!   that also serves as a cache.
//! - **A crash** forgets what was not yet written: at most a second with `appendfsync everysec`, nothing with
//!   `appendfsync always`, all since the last snapshot without an append-only file.
//! - **A failover** forgets what the new master had not yet received, as replication doesn't wait: a message that was
//!   handled just before may be handled again. The store doesn't use `WAIT`, which makes that rarer and each message
//!   slower, and doesn't rule it out. A master with `min-replicas-to-write` refuses while it lacks replicas, with Redis
//!   7 and Valkey; Redis 6 doesn't look at that within scripts. Where a second handling does harm, make the handler
//!   idempotent, or use the store in your own database, [`callhook-sqlx`](https://docs.rs/callhook-sqlx).
//! - **Rights** of an ACL user: `~callhook:* +evalsha +eval +time +get +pttl +set +del`, `+select` for a URL with a
//!   database, and in a cluster `+cluster|slots +asking`. [`ping`](RedisStore::ping) names those that are missing.
//! - **A cluster** (feature `cluster`): both keys of a message have one slot, and all messages spread over all slots,
//!   unless braces in the prefix put them all into one. While a slot is moved to another node, new messages of that
//!   slot and copies of handled ones are answered as ever. But Redis refuses scripts on its messages unless both keys
//!   exist and are on one node; the store then can't answer: not for other contents, for releases, for copies of a
//!   message that is being handled.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `cluster` | Redis Cluster |
//! | `tls-rustls` | `rediss://` URLs, by rustls with the cryptography of `ring` |
//! | `tls-native-tls` | `rediss://` URLs, by the system's library: OpenSSL (built with `libssl-dev` and `pkg-config`), Secure Transport or SChannel |
//!
//! None is on by default, and without a TLS feature no TLS is compiled. With both TLS features, rustls is used.
//!
//! # TLS
//!
//! One of the TLS features is all that a URL such as `rediss://redis.internal:6380` needs.
//!
//! - **The system's certificates are trusted**, with `tls-native-tls` as that library finds them, and with `tls-rustls`
//!   as [`rustls-native-certs`](https://docs.rs/rustls-native-certs) does. On Linux that is the package
//!   `ca-certificates`, or the file that the environment variable `SSL_CERT_FILE` names. A container without either
//!   trusts no server.
//! - **An authority of your own** is installed in the system or named by `SSL_CERT_FILE`; or the store is made with it,
//!   and then trusts only that authority with `tls-rustls`, and the system's certificates too with `tls-native-tls`:
//!
#![cfg_attr(
    any(feature = "tls-rustls", feature = "tls-native-tls"),
    doc = "```no_run"
)]
#![cfg_attr(
    not(any(feature = "tls-rustls", feature = "tls-native-tls")),
    doc = "```ignore"
)]
//! use callhook_redis::RedisStore;
//! use callhook_redis::redis::{Client, TlsCertificates};
//!
//! # fn run() -> Result<RedisStore, Box<dyn std::error::Error>> {
//! let certificates = TlsCertificates {
//!     client_tls: None,
//!     root_cert: Some(std::fs::read("/etc/callhook/authority.pem")?),
//! };
//! let client = Client::build_with_tls("rediss://redis.internal:6380", certificates)?;
//! let store = RedisStore::from_client(client);
//! # Ok(store)
//! # }
//! ```
//!
//!   `client_tls` is the certificate that the client shows, where the server wants one. With both TLS features and a
//!   `client_tls`, give the `root_cert` too: the `redis` crate has no other roots then. For a cluster it is
//!   `ClusterClient::builder(urls).certs(certificates)`, which the `redis` crate has with rustls alone, and
//!   `RedisStore::from_cluster_client`.
//! - **The certificate has to contain the URL's host**, as a DNS name or an IP address. In a cluster each node's
//!   certificate has to contain the address that the cluster announces.
//! - **rustls needs a crypto provider**, one for the process. Where the application has installed none by the time that
//!   the store first connects, the store installs `ring`'s. Install another one in `main`, before. With a
//!   `ConnectionManager` or a `ClusterConnection` of the application's, that is the application's to do.
//! - **A port that doesn't take TLS** may not answer at all: Redis waits for the rest of what looks like a command, and
//!   the store's error is a timeout.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod ask;
mod error;
mod key;
mod later;
mod link;
mod ping;
mod script;
mod store;
mod tls;
mod transitions;

pub use redis;

pub use self::error::{RedisStoreError, RedisStoreErrorKind};
pub use self::store::RedisStore;
