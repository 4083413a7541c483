//! What the tests share.

mod server;

pub(crate) use callhook_test_support::{
    Count, Desk, Failing, Gate, Logs, Reply, Step, TOKEN, TestStore, Turn, Wire, cdr, cdr_query,
    cdr_with_recording, chunk, flow, get, listen, poll, post, within,
};

pub(crate) use self::server::{
    Server, bare_builder, builder, call, endpoint, get_request, hook, outcome, post_request,
    rejection, remember, router,
};
