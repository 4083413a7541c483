//! HTTP/1.1 by hand, so that the tests can send what no client would.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    headers: Vec<(String, String)>,
}

impl Answer {
    /// The only header of this name, which is in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|header| header.0 == name);
        let value = values.next()?;
        assert!(values.next().is_none(), "{name} stands twice in {self:?}");
        Some(&value.1)
    }

    pub(crate) fn outcome(&self) -> Option<&str> {
        self.header("callhook-outcome")
    }
}

/// A whole request on a connection of its own. A body gets its length, unless a header says how long it is.
pub(crate) fn request(
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Vec<u8> {
    let mut request = format!("{method} {target} HTTP/1.1\r\nhost: localhost\r\n").into_bytes();
    let mut is_framed = body.is_empty() && method != "POST";
    let mut is_kept = false;
    for (name, value) in headers {
        is_framed |= matches!(*name, "content-length" | "transfer-encoding");
        is_kept |= *name == "connection";
        request.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    if !is_framed {
        request.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
    }
    if !is_kept {
        request.extend_from_slice(b"connection: close\r\n");
    }
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(body);
    request
}

/// A body in chunks.
pub(crate) fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut chunks = Vec::with_capacity(body.len() + 64);
    for chunk in body.chunks(size) {
        chunks.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        chunks.extend_from_slice(chunk);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    chunks
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    set_up(TcpStream::connect(address).expect("the server accepts connections"))
}

fn set_up(stream: TcpStream) -> TcpStream {
    for set in [TcpStream::set_read_timeout, TcpStream::set_write_timeout] {
        set(&stream, Some(PATIENCE)).expect("a timeout is set");
    }
    stream.set_nodelay(true).expect("nodelay is set");
    stream
}

/// Sends all of it on a new connection, and reads one answer.
pub(crate) fn exchange(address: SocketAddr, request: &[u8]) -> Answer {
    exchange_on(connect(address), request)
}

/// The same from this address of the machine's.
pub(crate) fn exchange_from(client: &str, address: SocketAddr, request: &[u8]) -> Answer {
    let client: IpAddr = client.parse().expect(client);
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).expect("a socket");
    let bound = socket.bind(&SocketAddr::new(client, 0).into());
    bound.expect("an address of this machine's");
    let connected = socket.connect(&address.into());
    connected.expect("the server accepts connections");
    exchange_on(set_up(socket.into()), request)
}

fn exchange_on(mut stream: TcpStream, request: &[u8]) -> Answer {
    write(&mut stream, request);
    read(&mut BufReader::new(stream))
}

/// Writes all of it, or as much as is wanted: a server that refuses needs not hear the request out. Whether it was.
pub(crate) fn write(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    match stream.write_all(bytes) {
        Ok(()) => true,
        Err(error) if is_broken(error.kind()) => false,
        Err(error) => panic!("{error}"),
    }
}

fn is_broken(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset)
}

/// Reads one answer.
pub(crate) fn read(stream: &mut BufReader<TcpStream>) -> Answer {
    let mut line = || {
        let mut line = String::new();
        stream.read_line(&mut line).expect("an answer");
        assert!(line.ends_with('\n'), "the answer breaks off after {line:?}");
        line.trim_end().to_owned()
    };
    let status_line = line();
    let status = status_line
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3)?.parse().ok())
        .unwrap_or_else(|| panic!("no status line: {status_line:?}"));
    let mut headers = Vec::new();
    loop {
        let line = line();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').expect("a header");
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Answer {
        status,
        body: String::new(),
        headers,
    };
    assert_eq!(answer.header("transfer-encoding"), None, "{answer:?}");
    let length = answer
        .header("content-length")
        .map_or(0, |length| length.parse().expect("a length"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("the whole body");
    answer.body = String::from_utf8(body).expect("UTF-8");
    answer
}

/// How long an answer may take. The server waits 10 seconds for a body.
const PATIENCE: Duration = Duration::from_secs(30);
