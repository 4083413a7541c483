//! The platforms, and what each of their fields is.

use clap::ValueEnum;

/// Whose messages they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Platform {
    Telecmi,
    Piopiy,
    Voipappz,
}

/// What a documented field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A phone number.
    Phone,
    /// An id, a name, keys that were pressed: what could lead to a person or an account.
    Private,
    /// The name of a file, or a URL.
    File,
    /// A moment, since 1970 or as ISO 8601.
    Time,
    /// A time of day or a duration, as `HH:MM:SS`.
    Clock,
    /// A count of seconds, an amount.
    Figure,
    /// True or false.
    Flag,
    /// One of a set of terms, such as a status.
    Term,
    /// Whatever the application has put in: text, or JSON.
    Application,
}

impl Platform {
    /// As its provider is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Telecmi => "telecmi",
            Self::Piopiy => "piopiy",
            Self::Voipappz => "voipappz",
        }
    }

    /// What a field of this name is. `None` where it is not documented.
    pub(crate) fn role(self, field: &str) -> Option<Role> {
        match self {
            Self::Telecmi => of_both(field).or_else(|| of_telecmi(field)),
            Self::Piopiy => of_both(field).or_else(|| of_piopiy(field)),
            Self::Voipappz => of_voipappz(field),
        }
    }
}

fn of_both(field: &str) -> Option<Role> {
    Some(match field {
        "appid" | "app_id" | "cmiuuid" | "cmiuid" | "cmuuid" | "conversation_uuid"
        | "request_id" | "user" | "dtmf" | "digits" | "digit" | "speech" => Role::Private,
        "type" | "direction" | "leg" | "status" | "action" => Role::Term,
        "to" | "from" | "callerid" => Role::Phone,
        "time" => Role::Time,
        "extra_params" => Role::Application,
        _ => return None,
    })
}

fn of_telecmi(field: &str) -> Option<Role> {
    Some(match field {
        "parent_uid" | "call_id" | "team" | "ivr_name" => Role::Private,
        "virtual_number" => Role::Phone,
        "answeredsec" | "waitedsec" => Role::Figure,
        "record" | "voicemail" | "click_to_call" => Role::Flag,
        "filename" | "voicename" => Role::File,
        "hangup_reason" => Role::Term,
        "custom" => Role::Application,
        _ => return None,
    })
}

fn of_piopiy(field: &str) -> Option<Role> {
    Some(match field {
        "vn" => Role::Phone,
        "start_time" | "answer_time" | "end_time" => Role::Time,
        "duration" | "call_rate" => Role::Figure,
        "balance" => Role::Private,
        "out" | "api_init" => Role::Flag,
        "ws_status" => Role::Application,
        _ => return None,
    })
}

fn of_voipappz(field: &str) -> Option<Role> {
    Some(match field {
        "uuid" | "did_name" | "environment_name" | "user_fullname" | "user_name"
        | "extension_username" | "queue_name" | "ivr_name" => Role::Private,
        "destination" | "contact_number" | "caller_id_number" | "did_number" => Role::Phone,
        "event" | "direction" | "type" | "cause" | "sip_status" | "queue_disposition"
        | "call_state" => Role::Term,
        "created_at" => Role::Time,
        "start_at" | "answer_at" | "duration_time" | "billing_duration_time" => Role::Clock,
        "duration" | "ring_duration" | "billing_duration" => Role::Figure,
        "recording_url" => Role::File,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use callhook::payload::Payload;

    use super::*;

    #[test]
    fn every_field_of_a_documented_message_has_a_role() {
        for sample in callhook::testing::corpus() {
            let platform = Platform::from_str(sample.provider(), false).expect("a platform");
            let json = sample.json();
            let payload = Payload::from_body(json.as_bytes()).expect("a payload");
            for field in payload.fields() {
                let name = field.name();
                assert!(platform.role(name).is_some(), "{}: {name}", sample.name());
            }
        }
    }
}
