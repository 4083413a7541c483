//! Replies as answers of handlers. The impls are here and not in the adapters, because neither the traits nor the replies
//! are the adapters' own.

#[cfg(feature = "actix-web")]
mod actix;
#[cfg(feature = "axum")]
mod axum;

/// Applies a macro to every type that becomes a [`ReplyBody`](crate::answer::ReplyBody).
macro_rules! each_reply {
    ($apply:ident) => {
        $apply!(crate::answer::ReplyBody);
        $apply!(crate::provider::piopiy::pcmo::Reply);
        $apply!(crate::provider::piopiy::pipeline::Reply);
        $apply!(crate::provider::telecmi::flow::Reply);
    };
}
use each_reply;
