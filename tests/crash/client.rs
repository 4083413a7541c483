//! A sender's connections: one to each process, kept open, and made anew after it broke.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use callhook_tests::TOKEN;

pub(crate) struct Connections {
    addresses: Vec<SocketAddr>,
    open: Vec<Option<BufReader<TcpStream>>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Whatever did not come from the handler says what it is.
    pub(crate) outcome: Option<String>,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        self.status / 100 == 2
    }

    pub(crate) fn is_replay(&self) -> bool {
        self.outcome.as_deref() == Some("replay")
    }
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
            None => BufReader::new(connect(self.addresses[process])?),
        };
        Ok(slot.insert(stream))
    }

    /// Sends a message to one of the processes, and reads the answer. An error tells nothing of what became of the message.
    pub(crate) fn post(&mut self, process: usize, body: &str) -> io::Result<Answer> {
        let stream = self.open(process)?;
        let answer = stream
            .get_mut()
            .write_all(request(body).as_bytes())
            .and_then(|()| read(stream));
        if answer.is_err() {
            self.open[process] = None;
        }
        answer
    }
}

pub(crate) fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Longer than anything here takes. A server that is killed is noticed at once.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn request(body: &str) -> String {
    format!(
        "POST /hook?token={TOKEN} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Answer> {
    let status = line(stream)?
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3)?.parse().ok())
        .ok_or_else(broken)?;
    let mut answer = Answer {
        status,
        outcome: None,
    };
    let mut length = 0;
    loop {
        let line = line(stream)?;
        let line = line.to_ascii_lowercase();
        match line.split_once(": ") {
            None if line.is_empty() => break,
            None => return Err(broken()),
            Some(("content-length", value)) => length = value.parse().map_err(|_| broken())?,
            Some(("callhook-outcome", value)) => answer.outcome = Some(value.to_owned()),
            Some(_) => {}
        }
    }
    stream.read_exact(&mut vec![0; length])?;
    Ok(answer)
}

fn line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    match line.strip_suffix("\r\n") {
        Some(line) => Ok(line.to_owned()),
        None => Err(broken()),
    }
}

fn broken() -> io::Error {
    ErrorKind::UnexpectedEof.into()
}
