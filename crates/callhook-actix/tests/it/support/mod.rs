//! What the tests share.

mod server;

pub(crate) use callhook_test_support::{
    Codes, HangUp, LogWriter, Logs, TOKEN, TestHandler, TestStore, bare_builder, builder, cdr,
    cdr_query, chunk, endpoint, flow, listen, poll, post, remember, within,
};

pub(crate) use self::server::{
    Server, answer, app, call, get_request, header, outcome, post_request, read, rejection, respond,
};
