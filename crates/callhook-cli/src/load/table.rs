//! The closing table.

use std::fmt::Write;

use serde_json::{Value, json};

use super::workers::Run;
use crate::seed::Seed;

const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0)];

pub(super) fn text(run: &Run) -> String {
    let counts = &run.counts;
    let mut table = String::new();
    // Writing to a string never fails.
    let mut row = |name: &str, count: u64, note: &str| {
        let _ = writeln!(
            table,
            "{}",
            format!("{name:34} {count:>10}  {note}").trim_end()
        );
    };
    row("calls", counts.calls, "");
    row("messages sent", counts.sent, "");
    row("  handled", counts.handled, "answered 2xx");
    row(
        "  replayed",
        counts.replayed,
        "answered 2xx as copies of what was handled",
    );
    row(
        "  fallback",
        counts.fallback,
        "answered 2xx with the endpoint's fallback",
    );
    row("  refused", counts.refused.values().sum(), "");
    for (code, count) in &counts.refused {
        row(&format!("    {code}"), *count, "");
    }
    row("  not answered", counts.unanswered.values().sum(), "");
    for (code, count) in &counts.unanswered {
        row(&format!("    {code}"), *count, "");
    }
    row(
        "answers that can't be read",
        counts.unreadable,
        "of requests that wait",
    );
    row("lost on the way", counts.lost, "never sent (--lose)");
    if counts.elsewhere > 0 {
        row(
            "not sent to another host",
            counts.elsewhere,
            "which an answer's URL named",
        );
    }
    let seconds = run.time.as_secs_f64();
    let asked = run.rate.map(|rate| format!(" ({rate} asked for)"));
    let mut line = |text: String| {
        let _ = writeln!(table, "{text}");
    };
    line(format!(
        "{seconds:.1} s, {:.0} messages a second{}",
        counts.sent as f64 / seconds.max(f64::MIN_POSITIVE),
        asked.unwrap_or_default()
    ));
    let latencies = QUANTILES.iter().filter_map(|(name, quantile)| {
        let milliseconds = counts.latency(*quantile)?;
        Some(format!("{name} {milliseconds:.2} ms"))
    });
    let latencies: Vec<String> = latencies.collect();
    if !latencies.is_empty() {
        line(format!("latency: {}", latencies.join(", ")));
        line(format!("  counted {}", since(run)));
    }
    if run.was_interrupted {
        line("interrupted: not all calls were sent".to_owned());
    }
    table
}

pub(super) fn json(run: &Run, seed: Seed) -> Value {
    let counts = &run.counts;
    let latencies = QUANTILES
        .iter()
        .map(|(name, quantile)| (name.to_string(), json!(counts.latency(*quantile))));
    json!({
        "seed": seed.0,
        "calls": counts.calls,
        "sent": counts.sent,
        "handled": counts.handled,
        "replayed": counts.replayed,
        "fallback": counts.fallback,
        "refused": counts.refused,
        "unanswered": counts.unanswered,
        "unreadable": counts.unreadable,
        "lost": counts.lost,
        "elsewhere": counts.elsewhere,
        "seconds": run.time.as_secs_f64(),
        "rate": run.rate,
        "latency_milliseconds": latencies.collect::<serde_json::Map<_, _>>(),
        "latency_counts": since(run),
        "is_interrupted": run.was_interrupted,
    })
}

fn since(run: &Run) -> &'static str {
    match run.rate {
        Some(_) => "from when each message was due, so that waiting for a busy server counts too",
        None => "from the sending of each message: with --rate, from when it was due",
    }
}
