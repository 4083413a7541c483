//! The program, run as its users run it, against real servers.

mod call;
mod examples;
mod listen;
mod load;
mod program;
mod replay;
mod send;
mod server;
