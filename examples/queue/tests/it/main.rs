//! The example as a program on a Postgres of its own: started, killed, asked for what failed.

mod database;
mod failed;
mod kill;
mod protection;
mod server;
