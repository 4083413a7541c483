//! What a server answers, read from bytes: every client of the tests and of the load reads replies with this.

use std::fmt;

/// The head of a reply, where it was received.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    pub status: u16,
    /// With the empty line at its end.
    text: &'a str,
}

impl<'a> Head<'a> {
    /// The head at the start. `None` while it is incomplete.
    pub fn parse(bytes: &'a [u8]) -> Result<Option<Self>, &'static str> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let text = str::from_utf8(&bytes[..end + 4]).map_err(|_| "a head that is not UTF-8")?;
        let status = text
            .strip_prefix("HTTP/1.")
            .and_then(|rest| rest.strip_prefix(['0', '1'])?.strip_prefix(' '))
            .and_then(|rest| rest.get(..3)?.parse().ok())
            .ok_or("no status line of HTTP/1")?;
        Ok(Some(Self { status, text }))
    }

    /// The head of the reply at the start, and the length of head and body. `None` while the reply is incomplete.
    pub fn of_whole(bytes: &'a [u8]) -> Result<Option<(Self, usize)>, &'static str> {
        let Some(head) = Self::parse(bytes)? else {
            return Ok(None);
        };
        let length = head.text.len() + head.body_length()?.unwrap_or(0);
        Ok((bytes.len() >= length).then_some((head, length)))
    }

    /// The names and values of the headers, as they were sent.
    pub fn headers(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let lines = self.text.lines().skip(1);
        lines.filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name, value.trim()))
        })
    }

    /// The first header of this name.
    pub fn header(self, name: &str) -> Option<&'a str> {
        let mut headers = self.headers();
        headers.find_map(|(found, value)| found.eq_ignore_ascii_case(name).then_some(value))
    }

    /// The length of the body, where the head tells it. A reply to HEAD has no body, whatever its head tells.
    pub fn body_length(self) -> Result<Option<usize>, &'static str> {
        let mut length = None;
        for (name, value) in self.headers() {
            if name.eq_ignore_ascii_case("transfer-encoding") {
                return Err("a reply in chunks, which nothing here reads");
            }
            if name.eq_ignore_ascii_case("content-length") {
                let value = value.parse().map_err(|_| "a length that is not a number")?;
                if length.replace(value).is_some() {
                    return Err("two lengths");
                }
            }
        }
        Ok(length)
    }

    /// Whether it says HTTP/1.1, and not HTTP/1.0.
    pub fn is_http_1_1(self) -> bool {
        self.text.starts_with("HTTP/1.1 ")
    }

    /// Whether the server closes the connection after it.
    pub fn closes(self) -> bool {
        self.header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

/// A whole reply.
#[derive(Clone)]
pub struct Reply {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Reply {
    pub(crate) fn new(head: Head<'_>, body: Vec<u8>) -> Self {
        let mut lines = head.text.trim_end().lines().skip(1);
        assert!(lines.all(|line| line.contains(':')), "{head:?}");
        Self {
            status: head.status,
            head: head.text.to_owned(),
            body,
        }
    }

    /// The reply at the start, and its length.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, &'static str> {
        let whole = Head::of_whole(bytes)?;
        Ok(whole.map(|(head, length)| {
            let body = bytes[head.text.len()..length].to_vec();
            (Self::new(head, body), length)
        }))
    }

    pub fn head(&self) -> Head<'_> {
        Head {
            status: self.status,
            text: &self.head,
        }
    }

    /// The only header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self
            .head()
            .headers()
            .filter(|(found, _)| found.eq_ignore_ascii_case(name));
        let (_, value) = values.next()?;
        let is_only = values.next().is_none();
        assert!(is_only, "{name} is given more than once in {self:?}");
        Some(value)
    }

    pub fn outcome(&self) -> Option<&str> {
        self.header("callhook-outcome")
    }

    /// The names of all headers, in lower case.
    pub fn header_names(&self) -> impl Iterator<Item = String> {
        let headers = self.head().headers();
        headers.map(|(name, _)| name.to_ascii_lowercase())
    }

    /// The body, which is UTF-8.
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("a body in UTF-8")
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

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("head", &self.head)
            .field("body", &self.body.escape_ascii().to_string())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 204 No Content\r\n\r\n";

    #[test]
    fn a_reply_is_read_once_it_is_whole_and_no_further() {
        let (first, rest) = TWO.split_at(TWO.len() - 27);
        for end in 0..first.len() {
            assert!(Head::of_whole(&first[..end]).expect("no fault").is_none());
        }
        let (reply, length) = Reply::parse(TWO).expect("no fault").expect("a reply");
        assert_eq!(
            (reply.status, reply.text(), length),
            (200, "{}", first.len())
        );
        let (reply, length) = Reply::parse(rest).expect("no fault").expect("a reply");
        assert_eq!((reply.status, reply.text(), length), (204, "", rest.len()));
    }

    #[test]
    fn what_is_not_a_reply_of_http_1_with_one_length_is_an_error() {
        for wrong in [
            "HTTP/2 200 OK\r\n\r\n",
            "HTTP/1.1 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        ] {
            assert!(Head::of_whole(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
    }
}
