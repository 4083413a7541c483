//! What the tests share.

mod server;

pub(crate) use callhook_test_support::{
    Desk, Gate, Logs, Reply, Step, TOKEN, TestStore, Turn, Wire, cdr, cdr_query,
    cdr_with_recording, chunk, get, listen, poll, post, within,
};

pub(crate) use self::server::{
    Codes, Server, answer, app, ask, bare_builder, builder, call, endpoint, get_request, header,
    outcome, post_request, read, rejection, remember,
};
