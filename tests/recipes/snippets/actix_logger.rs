use actix_web::middleware::Logger;

/// Logs every request by the pattern of its resource, such as `/webhooks/{token}`, never by its URL.
fn logger() -> Logger {
    Logger::new("%a %{method}xi %{route}xi %s %b %T")
        .custom_request_replace("method", |request| request.method().to_string())
        // `-` where no resource matches: a token may be in a URL that is misspelled, too.
        .custom_request_replace("route", |request| {
            request.match_pattern().unwrap_or_else(|| "-".to_owned())
        })
}
