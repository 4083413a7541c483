//! A server, in a process of its own, with one worker.
//!
//! It prints its port, and ends when its standard input does: with the process that started it, however that ends.

mod actix;
mod axum;

use std::error::Error;
use std::hint::black_box;
use std::io::{Read, stdin};
use std::net::TcpListener;
use std::{process, thread};

use callhook::auth::HmacScheme;
use callhook::telecmi::{Event, Telecmi};
use callhook::{ConfigError, Endpoint};
use callhook_by_hand::{Receiver, SIGNATURE, TOKEN};
use serde_json::Value;

use crate::kind::{Framework, Kind, Variant};
use crate::message::SECRET;

/// Serves until the end of the standard input.
pub(crate) fn run(framework: &str, variant: &str) -> Result<(), Box<dyn Error>> {
    let kind = Kind::named(framework, variant).ok_or("no such server")?;
    thread::spawn(|| {
        let _ = stdin().read(&mut [0]);
        process::exit(0);
    });
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    println!("{}", listener.local_addr()?.port());
    match kind.framework {
        Framework::Axum => axum::run(listener, kind.variant)?,
        Framework::Actix => actix::run(listener, kind.variant)?,
    }
    Ok(())
}

/// As in [`receiver`].
fn endpoint(variant: Variant) -> Result<Endpoint<Event>, ConfigError> {
    let builder = Endpoint::builder(Telecmi).allow(ALLOWED);
    let builder = match variant {
        Variant::HmacScheme => builder.hmac(HmacScheme::sha256(SIGNATURE, SECRET)),
        _ => builder.query_token(TOKEN, SECRET),
    };
    builder.build()
}

/// As in [`endpoint`].
fn receiver(variant: Variant) -> Receiver {
    match variant {
        Variant::HandHmac => Receiver::with_signature(&ALLOWED, SECRET),
        _ => Receiver::with_token(&ALLOWED, SECRET),
    }
}

/// What the handlers behind callhook do: they read a few fields.
fn use_event(event: &Event) {
    if let Event::Cdr(cdr) = event {
        black_box((&cdr.cmiuuid, &cdr.status, cdr.answeredsec));
    }
}

/// What the handlers without it do.
fn use_value(message: &Value) {
    black_box((
        message["cmiuuid"].as_str(),
        message["status"].as_str(),
        message["answeredsec"].as_u64(),
    ));
}

/// Networks such as a user lists, and last the one that the load comes from.
const ALLOWED: [&str; 4] = [
    "192.0.2.0/24",
    "198.51.100.0/24",
    "2001:db8::/32",
    "127.0.0.0/8",
];
