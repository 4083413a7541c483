//! What callhook costs, against a bare handler and against the same by hand.

use std::error::Error;

use super::{cpu_ratio, cpus, rate_ratio, rates};
use crate::child::Server;
use crate::kind::{Framework, Kind, Variant};
use crate::measure::{Sample, Visit, rounds};
use crate::options::Options;
use crate::spread::Spread;

pub(crate) fn features(servers: &mut [Server], options: Options) -> Result<(), Box<dyn Error>> {
    let visits: Vec<Visit> = (0..servers.len())
        .map(|server| Visit {
            server,
            connections: options.connections,
            expected: 200,
            is_fresh: false,
        })
        .collect();
    let samples = rounds(servers, &visits, options.rounds, options)?;
    let of = |framework, variant| {
        let kind = Kind { framework, variant };
        let at = servers.iter().position(|server| server.kind == kind);
        &*samples[at.expect("a server of each kind")]
    };

    println!(
        "{:<18} {:>22} {:>19} {:>18} {:>18}  {:>6} {:>5}",
        "server",
        "requests/s",
        "CPU us/request",
        "requests/s of bare",
        "CPU of bare",
        "server",
        "load",
    );
    for kind in Kind::all() {
        let (own, bare) = (
            of(kind.framework, kind.variant),
            of(kind.framework, Variant::Bare),
        );
        println!(
            "{:<18} {:>22.0} {:>19.1} {:>18} {:>18}  {:>5.0}% {:>4.0}%",
            kind.to_string(),
            Spread::of(rates(own)),
            Spread::of(cpus(own)),
            rate_ratio(own, bare),
            cpu_ratio(own, bare),
            share(own, |sample| sample.server_share),
            share(own, |sample| sample.client_share),
        );
    }

    println!(
        "\n{:<34} {:>18} {:>18}  promise",
        "promises", "requests/s", "CPU"
    );
    for framework in Framework::ALL {
        // A bare route verifies nothing: what it takes beside an HMAC depends on the processor's instructions.
        for (variant, peer, promise) in [
            (Variant::Token, Variant::Bare, Some(of_bare(framework))),
            (Variant::HmacScheme, Variant::Bare, None),
            (Variant::Token, Variant::HandToken, Some(1.05)),
            (Variant::HmacScheme, Variant::HandHmac, Some(1.05)),
        ] {
            let (own, peer_samples) = (of(framework, variant), of(framework, peer));
            let ratio = rate_ratio(own, peer_samples);
            let are_busy = [own, peer_samples].into_iter().all(is_busy);
            let verdict = match promise {
                None => String::new(),
                Some(promise) if are_busy => format!(">= {promise:.2}: {}", ratio.verdict(promise)),
                Some(promise) => {
                    format!(">= {promise:.2}: no verdict, a server had time to wait")
                }
            };
            println!(
                "{:<34} {:>18} {:>18}  {verdict}",
                format!("{} {} of {}", framework.name(), variant.name(), peer.name()),
                ratio,
                cpu_ratio(own, peer_samples),
            );
        }
    }
    println!();
    Ok(())
}

/// Whether the server was what limited the requests. If not, their number tells of the load.
fn is_busy(samples: &[Sample]) -> bool {
    share(samples, |sample| sample.server_share) >= 90.0
}

/// In percent.
fn share(samples: &[Sample], share: impl Fn(&Sample) -> f64) -> f64 {
    Spread::of(samples.iter().map(share)).median * 100.0
}

fn of_bare(framework: Framework) -> f64 {
    match framework {
        Framework::Axum => 0.95,
        Framework::Actix => 0.9,
    }
}
