//! The store against servers that these tests start, stop, pause and starve. They need `redis-server`, `redis-cli`, and
//! for TLS `openssl`.

mod acceptance;
mod auto_traits;
mod endpoint;
mod hang;
mod keys;
mod later;
mod model;
mod moved_slots;
mod outage;
mod ping;
mod plain;
mod races;
mod refusal;
mod runtimes;
mod scripts;
mod support;
mod tls;
