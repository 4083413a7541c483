//! HTTP/1.1 over a bare socket, well formed or not.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::{TOKEN, within};

/// One connection.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    /// Read, and part of no reply yet.
    rest: Vec<u8>,
}

impl Wire {
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = within("a connection", TcpStream::connect(address))
            .await
            .expect("connected");
        stream.set_nodelay(true).expect("a socket option");
        Self {
            stream,
            rest: Vec::new(),
        }
    }

    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        within("the server to read", self.stream.write_all(bytes.as_ref()))
            .await
            .expect("sent");
    }

    /// Whether the connection took it.
    pub async fn try_send(&mut self, bytes: &[u8]) -> bool {
        let sent = within("the server to read", self.stream.write_all(bytes)).await;
        sent.is_ok()
    }

    /// Sends piece after piece with this pause between them, until there is a reply.
    pub async fn send_while_reading(
        &mut self,
        next: impl Fn() -> Option<Vec<u8>>,
        pause: Duration,
    ) -> Reply {
        let (mut reading, mut writing) = self.stream.split();
        let write = async {
            while let Some(piece) = next() {
                // The server may have closed: what it answered counts.
                if writing.write_all(&piece).await.is_err() {
                    break;
                }
                if !pause.is_zero() {
                    sleep(pause).await;
                }
            }
            // The reply ends this, not the end of what is sent.
            std::future::pending::<()>().await;
        };
        let read = read_reply(&mut reading, &mut self.rest);
        let reply = async {
            tokio::select! {
                reply = read => reply,
                () = write => unreachable!("never ends"),
            }
        };
        within("a reply", reply).await.expect("a reply")
    }

    /// `None` when the server closed without one.
    pub async fn reply(&mut self) -> Option<Reply> {
        within("a reply", read_reply(&mut self.stream, &mut self.rest)).await
    }

    /// Says that nothing more comes, and goes on reading: a FIN.
    pub async fn finish(&mut self) {
        self.stream.shutdown().await.expect("shut down");
    }

    /// Breaks the connection off: a RST.
    pub fn reset(self) {
        self.stream.set_zero_linger().expect("a socket option");
    }
}

async fn read_reply(stream: &mut (impl AsyncReadExt + Unpin), rest: &mut Vec<u8>) -> Option<Reply> {
    loop {
        if let Some((reply, length)) = Reply::parse(rest) {
            rest.drain(..length);
            return Some(reply);
        }
        // A reset by the server: it has said all that it will.
        let read = stream.read_buf(rest).await.unwrap_or(0);
        if read == 0 {
            assert!(rest.is_empty(), "half a reply: {}", rest.escape_ascii());
            return None;
        }
    }
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Reply {
    fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = std::str::from_utf8(&bytes[..end]).expect("a head in UTF-8");
        let status = head.split(' ').nth(1).expect("a status line");
        let reply = Self {
            status: status.parse().expect("a status"),
            head: head.to_owned(),
            body: Vec::new(),
        };
        assert_eq!(reply.header("transfer-encoding"), None, "not read here");
        let length = match reply.header("content-length") {
            Some(length) => length.parse().expect("a length"),
            None => 0,
        };
        let body = bytes.get(end..end + length)?.to_vec();
        Some((Self { body, ..reply }, end + length))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn outcome(&self) -> Option<&str> {
        self.header("callhook-outcome")
    }

    /// The names of all headers, in lower case.
    pub fn header_names(&self) -> impl Iterator<Item = String> {
        let lines = self.head.lines().skip(1);
        lines.filter_map(|line| Some(line.split_once(':')?.0.to_ascii_lowercase()))
    }

    /// Every byte, the date aside.
    pub fn without_date(&self) -> String {
        let head: Vec<&str> = self
            .head
            .lines()
            .filter(|line| !line.to_ascii_lowercase().starts_with("date:"))
            .collect();
        format!("{}\n{}", head.join("\n"), self.body.escape_ascii())
    }
}

/// A whole POST of JSON to `/hook` with the token.
pub fn post(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut request = format!(
        "POST /hook?token={TOKEN} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// A whole GET of `/hook` with this query.
pub fn get(query: &str) -> Vec<u8> {
    format!("GET /hook?{query} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes()
}

/// One chunk of a chunked body.
pub fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}
