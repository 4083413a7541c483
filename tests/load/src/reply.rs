//! What a server answered, read as far as a load needs.

/// One reply.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reply<'a> {
    pub(crate) status: u16,
    head: &'a str,
}

impl<'a> Reply<'a> {
    /// The reply at the start, and its length. None while it is incomplete.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Option<(Self, usize)>, &'static str> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = str::from_utf8(&bytes[..end]).map_err(|_| "a head that is no text")?;
        let status = head
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3)?.parse().ok())
            .ok_or("no HTTP/1.1 status")?;
        let reply = Self { status, head };
        let length = reply.header("content-length").ok_or("no content-length")?;
        let length: usize = length.parse().map_err(|_| "no length")?;
        let whole = end + 4 + length;
        Ok((bytes.len() >= whole).then_some((reply, whole)))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        self.head.split("\r\n").skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Whether the server closes the connection after it.
    pub(crate) fn closes(&self) -> bool {
        self.header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}
