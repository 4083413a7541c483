//! Requests, byte by byte.

use super::TOKEN;

/// A whole request on a connection of its own. A body gets its length, unless a header says how long it is.
pub fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
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

/// A whole body in chunks of this size.
pub fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut chunks: Vec<u8> = body.chunks(size).flat_map(chunk).collect();
    chunks.extend_from_slice(b"0\r\n\r\n");
    chunks
}
