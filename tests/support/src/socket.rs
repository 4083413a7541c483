//! HTTP/1.1 over a socket that blocks, so that tests without a runtime can send what no client would.

use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::reply::{Head, Reply};

pub fn connect(address: SocketAddr) -> TcpStream {
    try_connect(address).expect("the server accepts connections")
}

pub fn try_connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    set_up(&stream)?;
    Ok(stream)
}

fn set_up(stream: &TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)
}

/// Sends all of it on a new connection, and reads one reply.
pub fn exchange(address: SocketAddr, request: &[u8]) -> Reply {
    exchange_on(connect(address), request)
}

/// The same on a connection of the caller's.
pub fn exchange_on(mut stream: TcpStream, request: &[u8]) -> Reply {
    set_up(&stream).expect("socket options");
    write(&mut stream, request);
    read(&mut BufReader::new(stream))
}

/// Writes all of it, or as much as is wanted: a server that refuses needs not hear the request out. Whether it was.
pub fn write(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    match stream.write_all(bytes) {
        Ok(()) => true,
        Err(error) if is_broken(error.kind()) => false,
        Err(error) => panic!("{error}"),
    }
}

/// Reads one reply of HTTP/1.1, to anything but a HEAD.
pub fn read(stream: &mut impl BufRead) -> Reply {
    let reply = try_read(stream, false).expect("a reply");
    let reply = reply.expect("a reply before the end of the connection");
    assert!(reply.head().is_http_1_1(), "{reply:?}");
    reply
}

/// Reads one reply. `None` where the connection is closed or broken off instead.
pub fn try_read(stream: &mut impl BufRead, is_to_head: bool) -> io::Result<Option<Reply>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_until(b'\n', &mut head) {
            Ok(1..) => {}
            Ok(0) if head.is_empty() => return Ok(None),
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Err(error) if head.is_empty() && is_broken(error.kind()) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    let invalid = |what| io::Error::new(ErrorKind::InvalidData, what);
    let parsed = Head::parse(&head).map_err(invalid)?;
    let parsed = parsed.ok_or_else(|| invalid("no head"))?;
    let length = parsed.body_length().map_err(invalid)?;
    let length = length.filter(|_| !is_to_head).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Some(Reply::new(parsed, body)))
}

fn is_broken(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset)
}

/// How long anything may take. A server waits 10 seconds for a body, and one that is killed is noticed at once.
const PATIENCE: Duration = Duration::from_secs(30);
