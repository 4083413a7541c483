//! x
mod answers;
mod event;
mod facts;
mod outcome;
mod rules;
mod stored;
mod summary;
mod whole;

pub use self::answers::{Answers, CallAgent};
pub use self::event::CallEvent;
pub use self::outcome::Outcome;
pub use self::stored::StoredCallError;
pub use self::summary::{
    CallDirection, CallSummary, Finality, MessageKind, Missed, Party, Phase, Voicemail,
};
pub use self::whole::{Call, OtherScope};
