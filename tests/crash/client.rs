//! A sender's connections: one to each process, kept open, and made anew after it broke.

use std::io::{self, BufReader, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};

use callhook_test_support::{Reply, try_connect, try_read};
use callhook_tests::TOKEN;

pub(crate) struct Connections {
    addresses: Vec<SocketAddr>,
    open: Vec<Option<BufReader<TcpStream>>>,
}

impl Connections {
    pub(crate) fn new(addresses: &[SocketAddr]) -> Self {
        Self {
            addresses: addresses.to_vec(),
            open: addresses.iter().map(|_| None).collect(),
        }
    }

    /// Connects ahead of the first request.
    pub(crate) fn open(&mut self, process: usize) -> io::Result<&mut BufReader<TcpStream>> {
        let slot = &mut self.open[process];
        let stream = match slot.take() {
            Some(stream) => stream,
            None => BufReader::new(try_connect(self.addresses[process])?),
        };
        Ok(slot.insert(stream))
    }

    /// Sends a message to one of the processes, and reads the answer. An error tells nothing of what became of the message.
    pub(crate) fn post(&mut self, process: usize, body: &str) -> io::Result<Reply> {
        let stream = self.open(process)?;
        let answer = stream
            .get_mut()
            .write_all(&request(body))
            .and_then(|()| read(stream));
        if answer.is_err() {
            self.open[process] = None;
        }
        answer
    }
}

pub(crate) fn request(body: &str) -> Vec<u8> {
    let target = format!("/hook?token={TOKEN}");
    let kept = [("connection", "keep-alive")];
    callhook_test_support::request("POST", &target, &kept, body.as_bytes())
}

/// A connection that ends without a reply is broken.
fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Reply> {
    try_read(stream, false)?.ok_or_else(|| ErrorKind::UnexpectedEof.into())
}
