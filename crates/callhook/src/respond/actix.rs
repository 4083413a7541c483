//! actix-web's `Responder`.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};

use super::each_reply;
use crate::answer::{InvalidReply, OptionalReply, ReplyBody};
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

impl<R: Into<ReplyBody>> Responder for OptionalReply<R> {
    type Body = BoxBody;

    /// 200 with the reply, or 204.
    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        match self.into_body() {
            Some(body) => body.respond_to(request),
            None => HttpResponse::new(StatusCode::NO_CONTENT),
        }
    }
}

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
