//! What an endpoint reports, and what outer layers see of a refusal.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use callhook::observe::Outcome;
use callhook::{Rejection, RejectionKind};

/// The outcomes that an endpoint has reported.
#[derive(Clone, Debug, Default)]
pub struct Codes(Arc<Mutex<Vec<&'static str>>>);

impl Codes {
    pub fn observer(&self) -> impl Fn(&Outcome<'_>) + Send + Sync + use<> {
        let codes = self.clone();
        move |outcome: &Outcome<'_>| {
            let mut codes = codes.0.lock().unwrap_or_else(PoisonError::into_inner);
            codes.push(outcome.code);
        }
    }

    pub fn seen(&self) -> Vec<&'static str> {
        let codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.clone()
    }

    pub fn forget(&self) {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.clear();
    }
}

/// What the last response told outer layers. An adapter under test notes it outside of the middleware.
#[derive(Clone, Debug, Default)]
pub struct Refusals(Arc<Mutex<(Option<Refusal>, String)>>);

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub kind: RejectionKind,
    pub code: &'static str,
    pub is_authenticated: bool,
    pub cause: Option<String>,
}

impl Refusals {
    /// Takes what the extensions of a response hold, and the response as printed with `{:?}`.
    pub fn note(&self, rejection: Option<&Rejection>, printed: String) {
        let refusal = rejection.map(|rejection| Refusal {
            kind: rejection.kind(),
            code: rejection.code(),
            is_authenticated: rejection.is_authenticated(),
            cause: rejection.source().map(ToString::to_string),
        });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (refusal, printed);
    }

    pub fn last(&self) -> Option<Refusal> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.0.clone()
    }

    pub fn last_printed(&self) -> String {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.1.clone()
    }
}
