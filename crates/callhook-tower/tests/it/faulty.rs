//! The suite finds out adapters that do something wrong, each with the scenarios for it.

use std::collections::{BTreeSet, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, OriginalUri, Request};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::MethodRouter;
use callhook_test_support::Server as Served;
use callhook_test_support::conformance::{Adapter, App, Mount, Scenario};
use callhook_tower::callhook::OUTCOME_HEADER;
use callhook_tower::telecmi::Event;
use callhook_tower::{Endpoint, Rejection};
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::catch_panic::CatchPanicLayer;

use self::Fails::{AmongOthers, Only};
use crate::conformance::{Shared, Tower, serve};

/// What an adapter does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    TakesEveryAnswerForASuccess,
    TakesEveryAnswerForAFailure,
    CatchesPanics,
    ChangesTheHandlersHeaders,
    AnswersRefusalsWith200,
    DropsTheOutcome,
    AnswersNoFallback,
    AnswersTheFallbackToEveryFailure,
    AnswersTheFallbackToWhatIsRefused,
    ChangesTheAnswerToWaitingRequests,
    HidesRefusalsFromOuterLayers,
    KeepsTheTokenInTheUrl,
    PrintsSecretHeaders,
    LogsTheUrl,
    PrintsTheEndpointsSecrets,
    BelievesForwardedFor,
    KnowsTheFirstHeaderLineOnly,
    NormalizesTheUrl,
    ReadsTheBodyFirst,
    RefusesTheExactLimit,
    ClosesEveryConnection,
    RunsOnWithoutItsSender,
    IsNeverDetached,
    AcceptsBeforeItHandles,
    DeduplicatesByTheBytes,
    HandlesOneAtATime,
    AnswersOtherwiseWithoutALayer,
    ForgetsToProcess,
    ProcessesByItself,
}

/// What the suite says of a fault.
#[derive(Clone, Copy, Debug)]
enum Fails {
    /// These scenarios fail, and all others pass.
    Only(&'static [&'static str]),
    /// These scenarios fail. Many others may, too.
    AmongOthers(&'static [&'static str]),
}

/// Makes a test of each fault.
macro_rules! faults {
    (@fails only $names:tt) => { Only(&$names) };
    (@fails among_others $names:tt) => { AmongOthers(&$names) };
    ($($test:ident: $fault:ident $kind:ident $names:tt)*) => {
        const FAILS: &[Fails] = &[$(faults!(@fails $kind $names)),*];

        $(
            #[test]
            fn $test() {
                check(Fault::$fault, faults!(@fails $kind $names));
            }
        )*
    };
}

faults! {
    one_that_takes_every_answer_for_a_success: TakesEveryAnswerForASuccess among_others [
        "settle::any_other_answer_releases_the_message_and_its_next_copy_is_handled",
        "settle::what_counts_as_success_can_be_replaced",
        "settle::a_message_is_a_revision_of_one_that_failed_only_while_that_is_remembered",
        "store::a_store_whose_answer_was_lost_is_told_the_outcome_all_the_same",
        "store::an_answer_passes_though_its_settling_fails_and_is_tried_once_more",
        "transaction::a_failure_after_a_transaction_releases_the_message_and_undoes_no_mark",
        "concurrent::copies_that_come_back_after_a_failure_have_exactly_one_more_handled",
    ]
    one_that_takes_every_answer_for_a_failure: TakesEveryAnswerForAFailure among_others [
        "settle::an_answer_of_2xx_settles_the_message_and_its_copies_are_replays",
        "settle::of_contents_a_b_a_the_third_is_a_replay",
        "settle::a_get_of_what_was_posted_is_a_replay_and_the_other_way_round",
        "settle::a_handler_that_outlives_its_lease_is_not_waited_for_and_the_second_success_is_told",
        "settle::under_lossy_per_leg_the_first_handled_content_counts_for_all",
        "settle::a_delivery_that_is_kept_holds_no_claim",
        "store::a_store_that_is_down_has_messages_handled_unchecked_by_default",
        "store::endpoints_of_two_names_share_a_store_and_no_messages",
        "transaction::a_2xx_after_a_transaction_has_marked_the_message_settles_nothing_more",
        "transaction::a_transaction_that_was_not_committed_leaves_the_message_to_a_later_copy_though_answered_2xx",
        "concurrent::while_one_copy_is_handled_every_other_is_told_to_come_back",
        "concurrent::of_many_copies_at_a_detached_layer_one_is_handled",
    ]
    one_that_catches_panics: CatchesPanics only [
        "disconnect::a_handler_that_panics_releases_its_message_and_the_server_goes_on",
        "disconnect::a_detached_handler_that_fails_or_panics_releases_its_message_though_nobody_waits",
        "disconnect::a_detached_handlers_answer_and_panic_reach_who_waits_for_them",
        "transaction::a_panic_or_a_hang_up_after_a_transaction_releases_the_message_and_undoes_no_mark",
        "fallback::a_waiting_request_is_answered_the_fallback_when_its_handler_panics",
        "fallback::a_notification_whose_handler_panics_is_answered_no_fallback",
        "fallback::without_a_fallback_the_handlers_failure_passes",
        "guarded::a_handler_that_panics_while_it_is_processed_releases_its_message",
    ]
    one_that_changes_the_handlers_headers: ChangesTheHandlersHeaders only [
        "settle::the_handlers_answer_passes_unchanged",
    ]
    one_that_answers_refusals_with_200: AnswersRefusalsWith200 among_others [
        "settle::another_content_of_a_message_is_a_revision_even_while_the_first_is_handled",
        "settle::clones_of_an_endpoint_wait_for_each_others_claims",
        "store::a_store_that_is_down_has_messages_refused_where_that_is_chosen",
        "access::a_signature_is_verified_over_the_body_as_it_came",
        "access::in_a_nested_router_a_signature_over_the_whole_url_passes_and_one_over_its_end_does_not",
        "access::a_tenant_that_the_application_does_not_tell_in_time_is_503",
        "bad_input::a_declared_body_over_the_limit_is_refused_though_it_is_sent",
        "bad_input::a_chunked_body_over_the_limit_is_refused",
        "bad_input::a_query_that_is_not_utf_8_is_refused",
        "refused::another_method_is_refused_with_those_that_are_accepted",
        "refused::an_endpoint_for_post_only_refuses_get_and_head",
        "refused::a_token_that_is_wrong_missing_or_repeated_is_refused_with_the_same_bytes",
        "refused::a_probe_ends_before_the_handler",
        "refused::another_account_is_refused",
        "refused::what_authenticated_and_can_not_be_read_is_offered_with_its_bytes",
    ]
    one_that_drops_the_outcome: DropsTheOutcome among_others [
        "bad_input::what_can_not_be_read_is_refused_with_its_code",
        "refused::a_probe_ends_before_the_handler",
        "guarded::what_is_processed_with_a_2xx_is_settled_and_all_else_is_handled_again",
    ]
    one_that_answers_no_fallback: AnswersNoFallback only [
        "fallback::a_waiting_request_is_answered_the_fallback_when_its_handler_fails",
        "fallback::a_waiting_request_is_answered_the_fallback_when_its_handler_panics",
        "fallback::a_handler_that_takes_too_long_is_dropped_before_the_fallback_is_answered",
        "fallback::a_detached_handler_runs_on_when_the_fallback_was_answered",
        "fallback::a_fallback_does_not_depend_on_replay_protection",
        "fallback::without_a_layer_the_fallback_is_answered_too",
    ]
    one_that_answers_the_fallback_to_every_failure: AnswersTheFallbackToEveryFailure among_others [
        "fallback::a_notification_is_answered_no_fallback",
        "fallback::without_a_fallback_the_handlers_failure_passes",
    ]
    one_that_answers_the_fallback_to_what_is_refused: AnswersTheFallbackToWhatIsRefused among_others [
        "fallback::what_is_refused_is_answered_no_fallback",
    ]
    one_that_changes_the_answer_to_waiting_requests: ChangesTheAnswerToWaitingRequests only [
        "fallback::a_handlers_2xx_passes_unchanged_though_there_is_a_fallback",
    ]
    one_that_hides_refusals_from_outer_layers: HidesRefusalsFromOuterLayers among_others [
        "store::the_cause_of_a_store_failure_can_be_found_by_outer_layers",
        "refused::outer_layers_see_why_a_request_was_refused",
        "guarded::outer_layers_see_why_its_message_was_refused",
    ]
    one_that_keeps_the_token_in_the_url: KeepsTheTokenInTheUrl only [
        "settle::a_message_is_read_from_a_gets_body_and_from_a_blank_posts_query",
        "secrets::a_handler_sees_no_secret_in_the_url_or_the_body_and_none_when_it_prints_the_request",
    ]
    one_that_prints_secret_headers: PrintsSecretHeaders only [
        "secrets::a_handler_sees_no_secret_in_the_url_or_the_body_and_none_when_it_prints_the_request",
    ]
    one_that_logs_the_url: LogsTheUrl only [
        "secrets::nothing_of_a_request_is_logged_whatever_becomes_of_it",
        "secrets::without_a_layer_nothing_of_a_request_is_logged_either",
        "refused::a_refusal_after_authentication_is_logged_with_its_cause_and_without_the_request",
    ]
    one_that_prints_the_endpoints_secrets: PrintsTheEndpointsSecrets only [
        "secrets::what_is_printed_of_the_configuration_holds_no_secret",
    ]
    one_that_believes_forwarded_for: BelievesForwardedFor only [
        "access::the_sockets_peer_is_what_the_allowlist_sees",
        "access::a_proxys_header_counts_in_all_of_its_lines",
    ]
    one_that_knows_the_first_header_line_only: KnowsTheFirstHeaderLineOnly only [
        "access::a_proxys_header_counts_in_all_of_its_lines",
        "access::a_token_in_a_header_must_be_given_once",
        "bad_input::a_compressed_or_multipart_body_is_refused",
    ]
    one_that_normalizes_the_url: NormalizesTheUrl among_others [
        "access::a_signature_is_verified_over_the_query_as_it_came_token_included",
        "access::a_signature_over_the_url_is_verified_as_on_the_request_line",
    ]
    one_that_reads_the_body_first: ReadsTheBodyFirst among_others [
        "bad_input::a_body_that_trickles_in_is_refused_once_its_time_is_over",
        "bad_input::a_body_that_stops_or_never_begins_is_refused_once_its_time_is_over",
        "bad_input::a_declared_length_over_the_limit_is_refused_before_the_body_comes",
        "bad_input::of_a_refused_chunked_body_without_an_end_no_more_is_read_than_a_moment_gives",
        "bad_input::of_a_body_that_nothing_signs_no_more_is_read_than_a_moment_gives",
        "framing::the_body_of_a_refused_request_is_not_taken_for_the_next_request",
        "framing::a_chunked_body_that_is_not_well_formed_is_refused",
        "disconnect::a_sender_that_hangs_up_within_its_body_has_claimed_nothing",
    ]
    one_that_refuses_a_body_of_the_exact_limit: RefusesTheExactLimit only [
        "bad_input::a_body_of_exactly_the_limit_is_handled",
    ]
    one_that_closes_every_connection: ClosesEveryConnection only [
        "bad_input::what_can_not_be_read_is_refused_with_its_code",
        "framing::a_connection_that_is_kept_alive_carries_one_message_after_another",
    ]
    one_that_runs_on_without_its_sender: RunsOnWithoutItsSender among_others [
        "disconnect::a_sender_that_breaks_off_while_the_handler_runs_has_its_next_copy_handled",
        "disconnect::a_sender_that_breaks_off_takes_no_other_content_with_it",
        "disconnect::a_sender_that_breaks_off_while_the_claim_is_on_its_way_leaves_nothing_locked",
        "disconnect::a_sender_that_breaks_off_while_its_success_is_settled_does_not_undo_it",
        "disconnect::a_sender_that_breaks_off_while_its_failure_is_settled_has_its_next_copy_handled",
        "disconnect::a_copy_that_comes_before_the_hang_up_is_noticed_waits_for_its_turn",
        "disconnect::a_message_is_released_only_after_its_handler_was_dropped",
        "disconnect::an_endpoint_is_idle_once_the_last_of_its_handlers_has_ended",
        "transaction::a_panic_or_a_hang_up_after_a_transaction_releases_the_message_and_undoes_no_mark",
        "guarded::a_sender_that_breaks_off_while_it_is_processed_has_its_next_copy_handled",
    ]
    one_that_is_never_detached: IsNeverDetached only [
        "fallback::a_detached_handler_runs_on_when_the_fallback_was_answered",
        "disconnect::a_detached_handler_ends_though_the_sender_hangs_up_and_its_message_is_handled",
    ]
    one_that_accepts_before_it_handles: AcceptsBeforeItHandles among_others [
        "store::a_message_is_settled_before_its_answer_is_given",
        "store::an_endpoint_is_idle_once_no_claim_is_held_and_the_store_is_flushed",
        "concurrent::no_copy_is_answered_2xx_before_the_handler_has_succeeded",
    ]
    one_that_deduplicates_by_the_bytes: DeduplicatesByTheBytes among_others [
        "settle::what_replay_protection_does_not_cover_is_handled_every_time",
        "settle::a_handled_message_is_remembered_for_its_window_and_no_longer",
        "transaction::a_handler_whose_transaction_finds_the_message_handled_settles_nothing",
        "transaction::a_message_that_the_store_could_not_claim_has_its_effect_once",
    ]
    one_that_handles_one_at_a_time: HandlesOneAtATime among_others [
        "concurrent::different_messages_are_handled_beside_each_other",
        "concurrent::slow_senders_keep_nobody_else_waiting",
    ]
    one_that_answers_otherwise_without_a_layer: AnswersOtherwiseWithoutALayer only [
        "guarded::it_answers_as_the_layer_does",
    ]
    one_that_forgets_to_process: ForgetsToProcess among_others [
        "concurrent::of_many_copies_without_a_layer_one_is_handled",
        "guarded::what_is_processed_with_a_2xx_is_settled_and_all_else_is_handled_again",
    ]
    one_that_processes_by_itself: ProcessesByItself only [
        "guarded::what_is_not_processed_is_released_and_an_error_in_the_log",
    ]
}

/// Scenarios about what the framework's server does, which no fault here touches.
const OF_THE_SERVER: [&str; 3] = [
    "framing::a_length_beyond_64_bits_is_refused",
    "framing::a_body_of_a_get_is_not_taken_for_the_next_request",
    "framing::a_chunked_message_with_trailers_is_handled",
];

#[test]
fn every_scenario_is_failed_by_some_fault() {
    let failed = FAILS.iter().flat_map(|fails| match fails {
        Only(names) | AmongOthers(names) => *names,
    });
    let named: BTreeSet<_> = failed.chain(&OF_THE_SERVER).copied().collect();
    let all = Scenario::<Faulty>::all();
    let all: BTreeSet<_> = all.iter().map(|scenario| scenario.name).collect();
    assert_eq!(named, all);
}

fn check(fault: Fault, fails: Fails) {
    let (Only(expected) | AmongOthers(expected)) = fails;
    // Some of them wait for what never happens, so each has a thread of its own.
    thread::scope(|scope| {
        for scenario in Scenario::all() {
            if expected.contains(&scenario.name) {
                scope.spawn(move || {
                    let found = scenario.fault(&Faulty(fault), Duration::from_secs(3));
                    assert_ne!(found, None, "{} passes", scenario.name);
                });
            }
        }
    });
    if let Only(expected) = fails {
        thread::scope(|scope| {
            for part in 0..PARTS {
                scope.spawn(move || {
                    for scenario in Scenario::all().iter().skip(part).step_by(PARTS) {
                        if !expected.contains(&scenario.name) && !scenario.is_slow() {
                            let found = scenario.fault(&Faulty(fault), Duration::from_secs(60));
                            assert_eq!(found, None, "{} fails, too", scenario.name);
                        }
                    }
                });
            }
        });
    }
}

/// How many threads run the scenarios that have to pass.
const PARTS: usize = 4;

/// The real adapter, with a fault in front of it, behind it, or in how it is set up.
struct Faulty(Fault);

impl Adapter for Faulty {
    const DROPS_AT_FIN: bool = Tower::DROPS_AT_FIN;
    const SAYS_CLOSE: bool = Tower::SAYS_CLOSE;

    async fn serve(&self, app: App) -> Served {
        let fault = self.0;
        let mount = match (fault, app.mount) {
            (Fault::IsNeverDetached, Mount::Detached) => Mount::Layered,
            (Fault::ForgetsToProcess, Mount::GuardedWebhook) => Mount::Unprocessed,
            (Fault::ProcessesByItself, Mount::Unprocessed) => Mount::GuardedWebhook,
            (_, mount) => mount,
        };
        let app = App { mount, ..app };
        let inside = |route| inside(fault, route);
        serve(&app, inside, |router| around(fault, mount, router)).await
    }

    fn printed(&self, endpoint: Endpoint<Event>) -> String {
        let printed = Tower.printed(endpoint);
        match self.0 {
            Fault::PrintsTheEndpointsSecrets => format!("{printed} secret-token-of-some-length"),
            _ => printed,
        }
    }
}

/// What the handler answered, before the fault changed it for the layer.
#[derive(Clone)]
struct Answered(StatusCode);

/// The URL as it came.
#[derive(Clone)]
struct Received(Uri);

/// Between the layer and the handler.
fn inside(fault: Fault, route: MethodRouter<Shared>) -> MethodRouter<Shared> {
    let pretend = |status| {
        from_fn(move |request: Request, next: Next| async move {
            let mut response = next.run(request).await;
            let answered = Answered(response.status());
            response.extensions_mut().insert(answered);
            *response.status_mut() = status;
            response
        })
    };
    match fault {
        Fault::TakesEveryAnswerForASuccess => route.layer(pretend(StatusCode::OK)),
        Fault::TakesEveryAnswerForAFailure => {
            route.layer(pretend(StatusCode::INTERNAL_SERVER_ERROR))
        }
        Fault::CatchesPanics => route.layer(CatchPanicLayer::new()),
        Fault::KeepsTheTokenInTheUrl => route.layer(from_fn(|mut request: Request, next: Next| {
            if let Some(Received(uri)) = request.extensions_mut().remove() {
                request.extensions_mut().insert(OriginalUri(uri));
            }
            next.run(request)
        })),
        Fault::PrintsSecretHeaders => route.layer(from_fn(|mut request: Request, next: Next| {
            for value in request.headers_mut().values_mut() {
                value.set_sensitive(false);
            }
            next.run(request)
        })),
        _ => route,
    }
}

/// Around the layer.
fn around(fault: Fault, mount: Mount, router: Router) -> Router {
    let seen = Seen::default();
    let router = router.layer(from_fn(move |request: Request, next: Next| {
        let seen = seen.clone();
        async move {
            let response = match changed(fault, request, &seen).await {
                Ok(request) => passed_on(fault, request, next).await,
                Err(status) => bare(status),
            };
            answered(fault, mount, response)
        }
    }));
    match fault {
        Fault::HandlesOneAtATime => router.layer(GlobalConcurrencyLimitLayer::new(1)),
        _ => router,
    }
}

/// The messages that have come.
type Seen = Arc<Mutex<HashSet<(Uri, Bytes)>>>;

async fn passed_on(fault: Fault, request: Request, next: Next) -> Response {
    match fault {
        Fault::RunsOnWithoutItsSender => tokio::spawn(next.run(request))
            .await
            .unwrap_or_else(|panicked| resume_unwind(panicked.into_panic())),
        Fault::AcceptsBeforeItHandles => {
            tokio::spawn(next.run(request));
            bare(StatusCode::ACCEPTED)
        }
        _ => next.run(request).await,
    }
}

fn bare(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// What the layer gets instead of the request, or what is answered without it.
async fn changed(fault: Fault, mut request: Request, seen: &Seen) -> Result<Request, StatusCode> {
    match fault {
        Fault::KeepsTheTokenInTheUrl => {
            let OriginalUri(uri) = request.extensions().get().cloned().expect("axum's");
            request.extensions_mut().insert(Received(uri));
        }
        Fault::LogsTheUrl => tracing::info!(uri = %request.uri(), "a request"),
        Fault::BelievesForwardedFor => {
            let first = request.headers().get("x-forwarded-for");
            let first = first.and_then(|line| line.to_str().ok()?.split(',').next());
            if let Some(ip) = first.and_then(|ip| ip.trim().parse::<IpAddr>().ok()) {
                let peer = ConnectInfo(SocketAddr::new(ip, 1));
                request.extensions_mut().insert(peer);
            }
        }
        Fault::KnowsTheFirstHeaderLineOnly => {
            let lines = request.headers();
            let first = lines.keys().map(|name| (name.clone(), lines[name].clone()));
            *request.headers_mut() = first.collect::<HeaderMap>();
        }
        Fault::NormalizesTheUrl => {
            let normal = request.uri().to_string().replace("%20", "+");
            let (path, query) = normal.split_once('?').unwrap_or((&normal, ""));
            let mut pairs: Vec<_> = query.split('&').collect();
            pairs.sort();
            let normal = format!("{path}?{}", pairs.join("&"));
            let normal: Uri = normal.parse().expect("a URL");
            request.extensions_mut().insert(OriginalUri(normal.clone()));
            *request.uri_mut() = normal;
        }
        Fault::RefusesTheExactLimit => {
            let length = request.headers().get(header::CONTENT_LENGTH);
            if length.is_some_and(|length| length == "262144") {
                return Err(StatusCode::PAYLOAD_TOO_LARGE);
            }
        }
        Fault::DeduplicatesByTheBytes => {
            let (parts, body) = request.into_parts();
            let body = to_bytes(body, 1 << 20).await.expect("a body");
            let message = (parts.uri.clone(), body.clone());
            if !seen.lock().expect("not poisoned").insert(message) {
                return Err(StatusCode::OK);
            }
            request = Request::from_parts(parts, body.into());
        }
        Fault::ReadsTheBodyFirst => {
            let (parts, body) = request.into_parts();
            let read = to_bytes(body, 1 << 20).await;
            let read = read.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
            request = Request::from_parts(parts, read.into());
        }
        _ => {}
    }
    Ok(request)
}

fn answered(fault: Fault, mount: Mount, mut response: Response) -> Response {
    if let Some(Answered(status)) = response.extensions_mut().remove() {
        *response.status_mut() = status;
    }
    match fault {
        Fault::ChangesTheHandlersHeaders => {
            response.headers_mut().remove("x-mine");
        }
        Fault::AnswersRefusalsWith200 if response.extensions().get::<Rejection>().is_some() => {
            *response.status_mut() = StatusCode::OK;
        }
        Fault::DropsTheOutcome => {
            response.headers_mut().remove(OUTCOME_HEADER);
        }
        Fault::AnswersNoFallback if outcome_of(&response) == Some("fallback") => {
            return bare(StatusCode::INTERNAL_SERVER_ERROR);
        }
        Fault::AnswersTheFallbackToEveryFailure if response.status().is_server_error() => {
            return fallback();
        }
        Fault::AnswersTheFallbackToWhatIsRefused
            if response.extensions().get::<Rejection>().is_some() =>
        {
            return fallback();
        }
        Fault::ChangesTheAnswerToWaitingRequests if response.headers().contains_key("x-route") => {
            return fallback();
        }
        Fault::HidesRefusalsFromOuterLayers => {
            response.extensions_mut().remove::<Rejection>();
        }
        Fault::ClosesEveryConnection => {
            let close = header::HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        Fault::AnswersOtherwiseWithoutALayer if mount == Mount::GuardedWebhook => {
            let value = header::HeaderValue::from_static("none");
            response.headers_mut().insert(header::CACHE_CONTROL, value);
        }
        _ => {}
    }
    response
}

fn outcome_of(response: &Response) -> Option<&str> {
    response.headers().get(OUTCOME_HEADER)?.to_str().ok()
}

fn fallback() -> Response {
    let body = Body::from(r#"{"action":"ivr","name":"sorry@1111112"}"#);
    let mut response = Response::new(body);
    let outcome = header::HeaderValue::from_static("fallback");
    response.headers_mut().insert(OUTCOME_HEADER, outcome);
    response
}
