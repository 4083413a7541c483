//! Whether the servers do what the tables say that they do, before anything is measured.

use std::error::Error;
use std::io::{BufReader, Write};
use std::net::SocketAddr;

use callhook::OUTCOME_HEADER;
use callhook_test_support::{try_connect, try_read};

use crate::child::Server;
use crate::kind::Variant;

/// Sends a message, the same again, and one that is forged.
pub(crate) fn check(server: &mut Server) -> Result<(), Box<dyn Error>> {
    server.genuine.sign(1);
    server.genuine.next_request().ok_or("no request to send")?;
    let first = ask(server.address, server.genuine.last())?;
    let copy = ask(server.address, server.genuine.last())?;
    server.forged.next_request().ok_or("no request to send")?;
    let forged = ask(server.address, server.forged.last())?;

    let (outcome, refused) = match server.kind.variant {
        Variant::Empty | Variant::Bare => return expect(server, "a message", &first, (200, None)),
        Variant::Token | Variant::HmacScheme => ((200, Some("replay")), (401, None)),
        Variant::HandToken | Variant::HandHmac => ((208, None), (401, None)),
    };
    expect(server, "a message", &first, (200, None))?;
    expect(server, "a copy", &copy, outcome)?;
    expect(server, "a forged message", &forged, refused)
}

/// A status and callhook's word for it.
type Answer = (u16, Option<String>);

fn ask(address: SocketAddr, request: &[u8]) -> Result<Answer, Box<dyn Error>> {
    let mut stream = try_connect(address)?;
    stream.write_all(request)?;
    let reply = try_read(&mut BufReader::new(stream), false)?;
    let reply = reply.ok_or("a connection that is closed without a reply")?;
    if !reply.head().is_http_1_1() || reply.header("content-length").is_none() {
        return Err(format!("a reply without its version or its length: {reply:?}").into());
    }
    let outcome = reply.header(OUTCOME_HEADER).map(str::to_owned);
    Ok((reply.status, outcome))
}

fn expect(
    server: &Server,
    sent: &str,
    (status, outcome): &Answer,
    expected: (u16, Option<&str>),
) -> Result<(), Box<dyn Error>> {
    if (*status, outcome.as_deref()) == expected {
        Ok(())
    } else {
        let kind = server.kind;
        let answered = (status, outcome);
        Err(format!("{kind} answers {sent} with {answered:?} instead of {expected:?}").into())
    }
}
