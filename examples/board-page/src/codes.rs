//! What the codes of outcomes mean: [`meaning`].

/// What a code of [`Outcome::code`](callhook::observe::Outcome::code) means, for whoever watches the board.
pub(crate) fn meaning(code: &str) -> &'static str {
    match code {
        "handled" => "Given to the application, which took it.",
        "failed" => "The application answered with an error. The platform may send it again.",
        "panicked" => "The application broke off. The platform may send it again.",
        "cancelled" => "The sender hung up before it was handled.",
        "fallback" => "A caller waited, the application failed, and the fallback was answered.",
        "replay" => "A copy of a message that was handled before.",
        "probe" => "A test of the URL, without a message.",
        "method_not_allowed" => "Neither GET nor POST.",
        "source_not_allowed" => "The sender's address is not on the allowlist.",
        "unauthenticated" => "The token or signature is missing or wrong.",
        "tenant_lookup_failed" => "The tenant could not be looked up.",
        "app_id_not_expected" => "The message is of another account.",
        "too_large" => "The body is larger than the limit.",
        "too_slow" => "The body took longer than the limit.",
        "content_encoding" => "The body is compressed.",
        "multipart" => "The body is a multipart form.",
        "malformed" => "The body is neither JSON nor a form.",
        "empty" => "There is no message in the request.",
        "too_many_fields" => "The message has too many fields.",
        "too_deep" => "The message is nested too deep.",
        "duplicate_field" => "A field is given more than once, with different values.",
        "incomplete" => "The body ended before its time.",
        "in_flight" => "A copy of a message that is being handled right now.",
        "store_unavailable" => "The replay store doesn't answer.",
        "unrecognized" => "Handled, but of a kind that callhook doesn't know.",
        _ => "",
    }
}

/// What was refused, or went wrong, rather than what is as it should be.
pub(crate) fn is_trouble(code: &str) -> bool {
    !matches!(code, "handled" | "replay" | "probe")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_that_callhook_documents_has_a_meaning() {
        let table = include_str!("../../../crates/callhook/src/observe/mod.rs");
        let rows = table
            .lines()
            .filter_map(|line| line.strip_prefix("//! | `"));
        let mut codes = 0;
        for row in rows {
            let cells: Vec<&str> = row.split(" | ").collect();
            // Another table has another number of columns.
            let [cell, _, _, _] = cells[..] else {
                continue;
            };
            for code in cell.trim_end_matches('`').split("`, `") {
                assert_ne!(meaning(code), "", "{code}");
                codes += 1;
            }
        }
        assert!(codes > 20, "{codes}");
    }
}
