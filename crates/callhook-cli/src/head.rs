//! The head of a request that a user describes.

use callhook::request::{Head, HeaderLines};
use clap::Args;

use crate::header::header;

#[derive(Debug, Args)]
#[command(next_help_heading = "The request")]
pub(crate) struct HeadArgs {
    /// Its method
    #[arg(long, value_name = "METHOD", default_value = "POST", value_parser = ["GET", "POST"])]
    method: String,

    /// Its path and query, or its URL
    #[arg(long, value_name = "TARGET", default_value = "/")]
    target: String,

    /// One of its headers; may be given several times
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
}

/// Lines of headers, with names in lower case.
#[derive(Debug)]
pub(crate) struct Headers<'a>(pub(crate) &'a [(String, String)]);

impl HeaderLines for Headers<'_> {
    fn line(&self, name: &str, index: usize) -> Option<&[u8]> {
        let mut lines = self.0.iter().filter(|(other, _)| other == name);
        lines.nth(index).map(|(_, value)| value.as_bytes())
    }
}

impl HeadArgs {
    pub(crate) fn headers(&self) -> Headers<'_> {
        Headers(&self.headers)
    }

    pub(crate) fn head<'a>(&'a self, headers: &'a Headers<'a>, has_body: bool) -> Head<'a> {
        let target = match self.target.split_once("://") {
            Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
            None => &self.target,
        };
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        Head::new(&self.method, path, query, headers).body_follows(has_body)
    }
}
