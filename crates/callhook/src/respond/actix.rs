//! actix-web's `Responder`.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};

use super::each_reply;
use crate::answer::{InvalidReply, ReplyBody};
use crate::observe::TARGET;

macro_rules! responder {
    ($reply:ty) => {
        impl Responder for $reply {
            type Body = BoxBody;

            /// 200 with the body and its content type.
            fn respond_to(self, _: &HttpRequest) -> HttpResponse {
                let body = ReplyBody::from(self);
                HttpResponse::Ok()
                    .content_type(body.content_type())
                    .body(body.into_bytes())
            }
        }
    };
}

each_reply!(responder);

impl ResponseError for InvalidReply {
    fn status_code(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }

    /// 500 with an empty body; the cause is logged.
    fn error_response(&self) -> HttpResponse {
        tracing::error!(target: TARGET, "a handler's reply could not be read: {self}");
        HttpResponse::new(self.status_code())
    }
}
