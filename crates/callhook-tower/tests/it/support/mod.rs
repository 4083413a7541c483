//! What the tests share.

mod server;

pub(crate) use callhook_test_support::{
    Codes, Count, Logs, Planned, TOKEN, TestHandler, TestStore, bare_builder, builder, cdr,
    cdr_query, cdr_with_recording, endpoint, flow, poll, post, remember, within,
};

pub(crate) use self::server::{
    Server, call, get_request, hook, outcome, post_request, rejection, router, text,
};
