//! A server of a few lines, for answers that callhook's own layer would not give.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub(crate) struct Fixed {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Fixed {
    /// Gives each request, which are counted from 0, this status line, headers and body. None is answered where there is
    /// none.
    pub(crate) fn start(
        mut answer: impl FnMut(usize) -> Option<(&'static str, String)> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(AtomicUsize::new(0));
        let count = requests.clone();
        std::thread::spawn(move || {
            let mut unanswered = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                if read(&stream).is_none() {
                    continue;
                }
                match answer(count.fetch_add(1, Ordering::SeqCst)) {
                    Some((head, body)) => {
                        // The program may have been ended.
                        let _ = write!(
                            stream,
                            "HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                            body.len()
                        );
                    }
                    None => unanswered.push(stream),
                }
            }
        });
        Self { address, requests }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    pub(crate) fn wait_for_a_request(&self) {
        while self.requests() == 0 {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Reads a request. `None` where the connection ends before it does.
fn read(stream: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim().to_ascii_lowercase().split_once(": ") {
            Some(("content-length", value)) => length = value.parse().ok()?,
            _ if line.is_empty() => return None,
            _ if line.trim().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()
}
