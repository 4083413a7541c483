//! axum's `IntoResponse`.

use axum_core::response::{IntoResponse, Response};
use http::StatusCode;

use super::each_reply;
use crate::answer::{InvalidReply, OptionalReply, ReplyBody};
use crate::observe::TARGET;

macro_rules! into_response {
    ($reply:ty) => {
        impl IntoResponse for $reply {
            /// 200 with the body and its content type.
            fn into_response(self) -> Response {
                let body = ReplyBody::from(self);
                let content_type = [("content-type", body.content_type())];
                (content_type, body.into_bytes()).into_response()
            }
        }
    };
}

each_reply!(into_response);

impl<R: Into<ReplyBody>> IntoResponse for OptionalReply<R> {
    /// 200 with the reply, or 204.
    fn into_response(self) -> Response {
        match self.into_body() {
            Some(body) => body.into_response(),
            None => StatusCode::NO_CONTENT.into_response(),
        }
    }
}

impl IntoResponse for InvalidReply {
    /// 500 with an empty body; the cause is logged.
    fn into_response(self) -> Response {
        tracing::error!(target: TARGET, "a handler's reply could not be read: {self}");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}
