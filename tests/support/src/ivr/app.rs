//! The menu: what its handler does.

use std::sync::{Arc, Mutex, PoisonError};

use callhook::answer::{InvalidReply, OptionalReply, ReplyBody};
use callhook::call::CallBook;
use callhook::{CallEvent, Delivery};
use callhook::{piopiy, telecmi};

use crate::Gate;

/// One choice: `1` connects the caller to an agent. All messages go to a book of calls.
#[derive(Clone, Debug, Default)]
pub struct Ivr(Arc<State>);

#[derive(Debug, Default)]
struct State {
    book: CallBook,
    trouble: Mutex<Option<(&'static str, Trouble)>>,
    gate: Gate,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The reply can't be built, which adapters answer with 500.
    Fails,
    Panics,
    /// There is no answer as long as the test lasts.
    Hangs,
}

/// An event that the menu answers.
pub trait IvrEvent: CallEvent + Send + Sync + 'static {
    /// What is returned to the platform.
    type Reply: Into<ReplyBody> + Send + 'static;

    /// What a request that waits is answered.
    ///
    /// # Errors
    ///
    /// When the platform could not read the reply.
    fn reply(&self) -> Result<Self::Reply, InvalidReply>;
}

impl Ivr {
    /// What the handler does.
    ///
    /// # Errors
    ///
    /// When the platform could not read the reply.
    pub async fn answer<E: IvrEvent>(
        &self,
        delivery: &Delivery<E>,
    ) -> Result<OptionalReply<E::Reply>, InvalidReply> {
        let event = delivery.event();
        self.0.book.apply(delivery);
        let planned = *self
            .0
            .trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match planned.filter(|(kind, _)| *kind == event.kind()) {
            Some((_, Trouble::Fails)) => {
                let unreadable = piopiy::pcmo::Reply::builder()
                    .bridge("none", ["none"])
                    .build();
                return Err(unreadable.expect_err("no numbers"));
            }
            Some((_, Trouble::Panics)) => panic!("as planned"),
            Some((_, Trouble::Hangs)) => self.0.gate.pass().await,
            None => {}
        }
        OptionalReply::try_to(event, E::reply)
    }

    /// Handling a message of this kind ends so.
    pub(super) fn plan(&self, kind: &'static str, trouble: Trouble) {
        if trouble == Trouble::Hangs {
            self.0.gate.close();
        }
        let mut planned = self
            .0
            .trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *planned = Some((kind, trouble));
    }

    pub(super) fn book(&self) -> &CallBook {
        &self.0.book
    }
}

impl IvrEvent for telecmi::Event {
    type Reply = telecmi::flow::Reply;

    fn reply(&self) -> Result<Self::Reply, InvalidReply> {
        let agents = [
            ("101_1111112", "919000000001"),
            ("102_1111112", "919000000002"),
        ];
        telecmi::flow::Reply::ring(agents)
            .times(2)
            .timeout(20)
            .build()
    }
}

impl IvrEvent for piopiy::Event {
    type Reply = piopiy::pcmo::Reply;

    fn reply(&self) -> Result<Self::Reply, InvalidReply> {
        use piopiy::pcmo::{PlayGetInput, Reply};
        match self {
            Self::Dtmf(pressed) if pressed.dtmf.as_str() == "1" => Reply::builder()
                .speak("One moment.")
                .bridge("911203000000", ["919000000001"])
                .build(),
            Self::Dtmf(_) => Reply::builder().hangup().build(),
            _ => {
                let menu = PlayGetInput::new(super::drive::ACTION_URL, "menu.wav");
                let order = Reply::builder().param("order 7");
                order.then(menu.max_retries(2)).build()
            }
        }
    }
}
