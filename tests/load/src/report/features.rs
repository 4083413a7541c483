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
        for (variant, peer, promise) in [
            (Variant::Token, Variant::Bare, 1.0),
            (Variant::HmacScheme, Variant::Bare, promise_of_hmac()),
            (Variant::Token, Variant::HandToken, 1.1),
            (Variant::HmacScheme, Variant::HandHmac, 1.1),
        ] {
            let (own, peer_samples) = (of(framework, variant), of(framework, peer));
            let ratio = rate_ratio(own, peer_samples);
            println!(
                "{:<34} {:>18} {:>18}  >= {promise:.2}: {}",
                format!("{} {} of {}", framework.name(), variant.name(), peer.name()),
                ratio,
                cpu_ratio(own, peer_samples),
                if [own, peer_samples].into_iter().all(is_busy) {
                    ratio.verdict(promise)
                } else {
                    "no verdict, a server had time to wait"
                },
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

/// Signatures cost less on a processor that has instructions for them.
fn promise_of_hmac() -> f64 {
    if has_sha() { 0.95 } else { 0.85 }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn has_sha() -> bool {
    std::arch::is_x86_feature_detected!("sha")
}

#[cfg(target_arch = "aarch64")]
fn has_sha() -> bool {
    std::arch::is_aarch64_feature_detected!("sha2")
}

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
fn has_sha() -> bool {
    false
}
