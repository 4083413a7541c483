//! The store against servers that these tests start, stop, pause and starve. They need `redis-server` and `redis-cli`.

mod acceptance;
mod auto_traits;
mod endpoint;
mod hang;
mod keys;
mod later;
mod model;
mod outage;
mod races;
mod refusal;
mod runtimes;
mod scripts;
mod support;
