//! What messages of several kinds have in common: [`LegFields`].

use super::wire::text_of;
use crate::replay::MessageKey;
use crate::replay::UncheckedReason;
use crate::value::{
    ConversationId, Direction, Leg, LegId, PhoneNumber, RequestId, Text, Timestamp,
};

macro_rules! leg_fields {
    ($($method:ident: $type:ty,)+) => {
        /// The fields that more than one kind of message has, to be read without knowing the kind. `None` where a kind
        /// has no such field.
        ///
        /// [`event_struct!`] implements it for a struct that is declared with `: LegFields`, by the fields' names. A
        /// struct whose fields have other names or types implements what it has by hand.
        pub(super) trait LegFields {
            $(fn $method(&self) -> Option<&$type> {
                None
            })+

            /// Which message this is, where the id names a leg. The agent is not part of it: a record that gains its
            /// agent, or loses it, is another content of the same message.
            fn key<'e>(&'e self, kind: &'e str) -> Result<MessageKey<'e>, UncheckedReason> {
                let id = self.leg_id().ok_or(UncheckedReason::NoId)?;
                Ok(MessageKey::new(kind, id)
                    .leg(text_of(self.leg()))
                    .direction(text_of(self.direction()))
                    .status(self.status_text().unwrap_or_default()))
            }
        }
    };
}

leg_fields! {
    app_id: str,
    leg_id: LegId,
    conversation_id: ConversationId,
    request_id: RequestId,
    direction: Direction,
    leg: Leg,
    status_text: str,
    user: Text,
    to: PhoneNumber,
    from: PhoneNumber,
    callerid: PhoneNumber,
    vn: PhoneNumber,
    time: Timestamp,
    api_init: bool,
}

/// The method of [`LegFields`] for a field of this name; nothing for another name.
macro_rules! leg_field {
    (app_id) => {
        fn app_id(&self) -> Option<&str> {
            self.app_id.as_deref()
        }
    };
    (status) => {
        fn status_text(&self) -> Option<&str> {
            Some(self.status.as_str())
        }
    };
    (api_init) => {
        fn api_init(&self) -> Option<&bool> {
            self.api_init.as_ref()
        }
    };
    (cmiuuid) => { leg_field!(leg_id = cmiuuid: LegId); };
    (conversation_uuid) => { leg_field!(conversation_id = conversation_uuid: ConversationId); };
    (request_id) => { leg_field!(request_id = request_id: RequestId); };
    (direction) => { leg_field!(direction = direction: Direction); };
    (leg) => { leg_field!(leg = leg: Leg); };
    (user) => { leg_field!(user = user: Text); };
    (to) => { leg_field!(to = to: PhoneNumber); };
    (from) => { leg_field!(from = from: PhoneNumber); };
    (callerid) => { leg_field!(callerid = callerid: PhoneNumber); };
    (vn) => { leg_field!(vn = vn: PhoneNumber); };
    (time) => { leg_field!(time = time: Timestamp); };
    ($other:ident) => {};
    ($method:ident = $field:ident: $type:ident) => {
        fn $method(&self) -> Option<&$crate::value::$type> {
            // Of a required field and of an optional one alike.
            Option::from(&self.$field)
        }
    };
}
