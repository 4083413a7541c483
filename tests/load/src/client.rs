//! The load: HTTP/1.1 over sockets, from one thread, each connection with one request on its way.
//!
//! It is as cheap as it can be, so that the server is what is measured: one `write` and one `read` for each request, and
//! one wait for all that are ready. The tests' client waits for each reply in turn, and would be measured with the server;
//! only the reading of replies is shared.

use std::error::Error;
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use callhook_test_support::Head;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::message::Requests;

/// Connections to one server.
#[derive(Debug)]
pub(crate) struct Client {
    address: SocketAddr,
    expected: u16,
    is_fresh: bool,
    poll: Poll,
    connections: Vec<Connection>,
    /// How many were made.
    pub(crate) connects: u64,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    /// What was read of a reply that is not whole.
    partial: Vec<u8>,
}

impl Client {
    /// Each reply has to have the status. A fresh client makes a new connection for each request.
    pub(crate) fn connect(
        address: SocketAddr,
        connections: usize,
        expected: u16,
        is_fresh: bool,
    ) -> Result<Self, Box<dyn Error>> {
        let mut client = Self {
            address,
            expected,
            is_fresh,
            poll: Poll::new()?,
            connections: Vec::with_capacity(connections),
            connects: 0,
        };
        for at in 0..connections {
            let connection = client.open(at)?;
            client.connections.push(connection);
        }
        Ok(client)
    }

    fn open(&mut self, at: usize) -> Result<Connection, Box<dyn Error>> {
        // Loopback: there is nothing to wait for.
        let stream = std::net::TcpStream::connect(self.address)?;
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let mut stream = TcpStream::from_std(stream);
        let registry = self.poll.registry();
        registry.register(&mut stream, Token(at), Interest::READABLE)?;
        self.connects += 1;
        Ok(Connection {
            stream,
            partial: Vec::new(),
        })
    }

    /// Sends on each connection, and again with each reply, until the time is over or the requests are; then waits for
    /// the last replies. How many there were.
    pub(crate) fn run(
        &mut self,
        requests: &mut Requests,
        time: Duration,
    ) -> Result<u64, Box<dyn Error>> {
        let deadline = Instant::now() + time;
        let mut open = 0_usize;
        for connection in &mut self.connections {
            open += usize::from(connection.send(requests)?);
        }
        let mut replies = 0;
        let mut buffer = [0; 16 * 1024];
        let mut events = Events::with_capacity(self.connections.len());
        while open > 0 {
            self.poll.poll(&mut events, Some(PATIENCE))?;
            if events.is_empty() {
                return Err("a server that does not answer".into());
            }
            let is_over = Instant::now() >= deadline;
            for event in &events {
                let Token(at) = event.token();
                let Some(closes) = self.connections[at].receive(&mut buffer, self.expected)? else {
                    continue;
                };
                replies += 1;
                open -= 1;
                if closes || self.is_fresh {
                    self.connections[at] = self.open(at)?;
                }
                if !is_over {
                    open += usize::from(self.connections[at].send(requests)?);
                }
            }
        }
        Ok(replies)
    }
}

impl Connection {
    /// Whether there was a request left.
    fn send(&mut self, requests: &mut Requests) -> Result<bool, Box<dyn Error>> {
        let Some(request) = requests.next_request() else {
            return Ok(false);
        };
        // A request is far smaller than a socket's buffer, which the reply before it has shown to be empty.
        if self.stream.write(request)? != request.len() {
            return Err("a request that is sent in part".into());
        }
        Ok(true)
    }

    /// Whether the server closes after the reply. None while the reply is not whole.
    fn receive(
        &mut self,
        buffer: &mut [u8],
        expected: u16,
    ) -> Result<Option<bool>, Box<dyn Error>> {
        // One `read` is enough: what comes after it is another event.
        let length = match self.stream.read(buffer) {
            Ok(0) => return Err("a connection that is closed without a reply".into()),
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let is_whole = self.partial.is_empty();
        let bytes = if is_whole {
            &buffer[..length]
        } else {
            self.partial.extend_from_slice(&buffer[..length]);
            &self.partial
        };
        let Some((reply, end)) = Head::of_whole(bytes)? else {
            if is_whole {
                self.partial.extend_from_slice(&buffer[..length]);
            }
            return Ok(None);
        };
        let is_framed = reply.is_http_1_1() && reply.body_length()?.is_some();
        if !is_framed || reply.status != expected || end != bytes.len() {
            let shown = bytes.escape_ascii();
            return Err(format!("not one reply with the status {expected}: {shown}").into());
        }
        let closes = reply.closes();
        self.partial.clear();
        Ok(Some(closes))
    }
}

/// Far longer than any server needs.
const PATIENCE: Duration = Duration::from_secs(20);
