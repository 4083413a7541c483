//! A body that is not read, or not to its end.

use std::fmt;
use std::rc::Rc;

use actix_web::HttpResponse;
use actix_web::dev::Payload;

/// A body that nobody reads to its end, kept in the extensions of the response until that is sent.
///
/// Actix closes the connection then. A chunked body that was dropped it would go on reading, for as long as its sender
/// likes.
#[derive(Clone)]
pub(crate) struct Unread(Option<Rc<Payload>>);

impl Unread {
    pub(crate) fn new(payload: Payload) -> Self {
        Self(match payload {
            Payload::None => None,
            payload => Some(Rc::new(payload)),
        })
    }

    pub(crate) fn none() -> Self {
        Self(None)
    }

    pub(crate) fn go_with<B>(&self, response: &mut HttpResponse<B>) {
        if self.0.is_some() {
            response.extensions_mut().insert(self.clone());
        }
    }
}

impl fmt::Debug for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unread").finish_non_exhaustive()
    }
}
