//! What can be sent to and shared with other threads, and printed.

use std::fmt::Debug;

use actix_web::body::BoxBody;
use callhook_actix::telecmi::Event;
use callhook_actix::{
    GuardedWebhook, GuardedWebhookRejection, MissingMiddleware, ResponseFuture, Unsettled, Webhook,
    WebhookMiddleware, WebhookService,
};

/// Events need not be `Send` or `Sync` for the extractors to be printed and cloned.
#[derive(Debug)]
struct Local(#[expect(dead_code)] std::rc::Rc<()>);

#[test]
fn the_middleware_goes_to_every_worker() {
    fn is_shared<T: Clone + Debug + Send + Sync + Unpin + 'static>() {}

    is_shared::<WebhookMiddleware<Event>>();
    is_shared::<Webhook<Event>>();
    is_shared::<MissingMiddleware>();
}

#[test]
fn what_belongs_to_one_request_stays_with_its_worker_and_can_be_printed() {
    fn is_printed<T: Debug + 'static>() {}

    is_printed::<WebhookService<(), Event>>();
    is_printed::<ResponseFuture<BoxBody, actix_web::Error>>();
    is_printed::<GuardedWebhook<Event>>();
    is_printed::<Unsettled<Local>>();
    is_printed::<Webhook<Local>>();
    is_printed::<GuardedWebhookRejection>();
}

#[test]
fn the_future_is_unpin() {
    fn is_unpin<T: Unpin + 'static>() {}

    is_unpin::<ResponseFuture<BoxBody, actix_web::Error>>();
}
