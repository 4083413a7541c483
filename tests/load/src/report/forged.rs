//! What a forged request costs beside one that is accepted.
//!
//! Where a refusal closes the connection, the next request needs another one: so the accepted ones are measured with a
//! connection for each, too.

use std::error::Error;

use super::{cpu_ratio, cpus, position, rate_ratio, rates};
use crate::child::Server;
use crate::kind::{Framework, Variant};
use crate::measure::{Visit, rounds};
use crate::options::Options;
use crate::spread::Spread;

pub(crate) fn forged(servers: &mut [Server], options: Options) -> Result<(), Box<dyn Error>> {
    let mut visits = Vec::new();
    for framework in Framework::ALL {
        for variant in [Variant::Token, Variant::HmacScheme] {
            let server = position(servers, framework, variant);
            for (expected, is_fresh) in [(200, false), (401, false), (200, true), (401, true)] {
                visits.push(Visit {
                    server,
                    connections: options.connections,
                    expected,
                    is_fresh,
                });
            }
        }
    }
    let samples = rounds(servers, &visits, options.fewer_rounds(), options)?;

    println!(
        "{:<34} {:>22} {:>19} {:>22} {:>18}  connects",
        "", "requests/s", "CPU us/request", "requests/s of accepted", "CPU of accepted"
    );
    for (visits, samples) in visits.chunks(2).zip(samples.chunks(2)) {
        let kind = servers[visits[0].server].kind;
        let kept = if visits[0].is_fresh { ", not kept" } else { "" };
        for (name, own) in [("accepted", &samples[0]), ("forged", &samples[1])] {
            println!(
                "{:<34} {:>22.0} {:>19.1} {:>22} {:>18}  {:.2}",
                format!("{kind} {name}{kept}"),
                Spread::of(rates(own)),
                Spread::of(cpus(own)),
                rate_ratio(own, &samples[0]),
                cpu_ratio(own, &samples[0]),
                Spread::of(own.iter().map(|sample| sample.connects)).median,
            );
        }
    }
    println!();
    Ok(())
}
