//! The board of the examples, in a real browser: what a person at a screen, at a keyboard or with a phone sees while calls
//! are sent. `CALLHOOK_EXAMPLE` names the example.

mod access;
mod attack;
mod calls;
mod database;
mod keyboard;
mod look;
mod many;
mod requests;
mod restart;
mod scene;

// What the examples' other tests start and send, of which this needs a part.
#[allow(dead_code)]
#[path = "../../example.rs"]
mod example;
#[allow(dead_code)]
#[path = "../../wire.rs"]
mod wire;
