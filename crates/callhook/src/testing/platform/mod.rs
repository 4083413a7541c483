//! A platform that asks: it takes your answer to each request that waits, and sends what follows from it. For tests of
//! call flows and phone menus.
//!
//! 1. An [`InteractiveCall`] is one inbound call, in an [edition](super::calls::Edition) of TeleCMI or PIOPIY. It says which
//!    request comes [next](InteractiveCall::next_request), and is told what [was answered](InteractiveCall::answered). It has
//!    no clock, no socket and no runtime: your test sends the requests, by whatever client it has.
//! 2. An answer is read as the vendor reads it: the raw JSON against the vendor's tables, and not by this crate's typed
//!    replies. What can't be read is an [`Unreadable`] that names the member.
//! 3. What was answered decides what comes. TeleCMI's call flow rings agents. PIOPIY plays, speaks, takes keys, asks the
//!    `action_url` with them, calls phones and SIP users, and hangs up; what `param` noted comes back as `extra_params`. Both then
//!    send live events and records, which are counted.
//! 4. The [`Caller`] and the [`Agent`]s are scripts: keys, nothing, hanging up; answering, being busy, not answering.
//! 5. An answer other than 2xx, one that can't be read, and none in time are the same to a caller: silence, until they
//!    hang up. The [`Report`] says so, and why.
//! 6. The report has what happened, step by step, and what is [right to answer](Report::right_answers) of the call once all
//!    its messages came.
//!
//! What no source has is made up to fit: how long a file is, that agents ring at once, that PIOPIY goes on with the next
//! action where nobody takes a `bridge`, and that it ends the call where no action is left. What an account has set up at
//! TeleCMI is not simulated: a menu or team rings two agents.
//!
//! # In your own tests
//!
//! ```
//! use callhook::testing::calls::Edition;
//! use callhook::testing::platform::{Agent, Caller, InteractiveCall};
//!
//! // The caller presses 1, and the agent's line is busy.
//! let caller = Caller::default().presses("1");
//! let mut call = InteractiveCall::new(Edition::Piopiy2024, "https://your.app/webhooks/piopiy?token=...", 7)?
//!     .with_caller(caller)
//!     .with_agents([Agent::Busy]);
//! while let Some(request) = call.next_request() {
//!     // Send it: with axum and tower `Request::builder().method("POST").uri(request.url())`, the header `content-type`
//!     // `application/json`, `.body(Body::from(request.json()))`, and then `router.clone().oneshot(..)`.
//!     # let body = match request.message().kind() {
//!     #     "answer" => r#"[{"action": "play_get_input", "file_name": "menu.wav", "action_url": "https://your.app/webhooks/piopiy?token=..."}]"#,
//!     #     "dtmf" => r#"[{"action": "bridge", "from": 911203000000, "connect": [{"type": "pstn", "number": 919000000001}]}, {"action": "hangup"}]"#,
//!     #     _ => "",
//!     # };
//!     // let (status, content_type, body) = what your application answered;
//!     # let (status, content_type, body) = (200, Some("application/json"), body);
//!     call.answered(status, content_type, body.as_bytes())?;
//! }
//! let report = call.into_report();
//! assert_eq!(
//!     report.to_string(),
//!     "asks: answer\n\
//!      plays menu.wav\n\
//!      the caller presses 1\n\
//!      asks: dtmf\n\
//!      rings 919000000001 for 40 s\n\
//!      919000000001 is busy\n\
//!      the platform hangs up"
//! );
//! assert_eq!(report.right_answers().outcome, Some("missed"));
//! // assert_eq!(report.right_answers().differences(&what_your_application_says_of_the_call), [""; 0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod call;
mod json;
mod piopiy;
mod report;
mod request;
mod ringing;
mod script;
mod stage;
mod step;
mod telecmi;

#[cfg(test)]
mod tests;

pub use self::call::{InteractiveCall, NotInteractive};
pub use self::json::Unreadable;
pub use self::report::Report;
pub use self::request::PlatformRequest;
pub use self::script::{Agent, Caller};
pub use self::step::{Step, Unheard};
