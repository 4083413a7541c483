//! HTTP/1.1 over a bare socket of tokio's, well formed or not.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::{Reply, within};

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
        if let Some((reply, length)) = Reply::parse(rest).expect("a reply") {
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
