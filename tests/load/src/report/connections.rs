//! From one connection to many.

use std::error::Error;

use super::{position, rate_ratio, rates};
use crate::child::Server;
use crate::kind::{Framework, Variant};
use crate::measure::{Visit, rounds};
use crate::options::Options;
use crate::spread::Spread;

pub(crate) fn connections(servers: &mut [Server], options: Options) -> Result<(), Box<dyn Error>> {
    let mut visits = Vec::new();
    for framework in Framework::ALL {
        for connections in CONNECTIONS {
            for variant in [Variant::Bare, Variant::Token] {
                visits.push(Visit {
                    server: position(servers, framework, variant),
                    connections,
                    expected: 200,
                    is_fresh: false,
                });
            }
        }
    }
    let samples = rounds(servers, &visits, options.fewer_rounds(), options)?;

    println!(
        "{:<18} {:>22} {:>22} {:>18}",
        "connections", "bare, requests/s", "token, requests/s", "token of bare"
    );
    for (visits, samples) in visits.chunks(2).zip(samples.chunks(2)) {
        let framework = servers[visits[0].server].kind.framework.name();
        println!(
            "{:<18} {:>22.0} {:>22.0} {:>18}",
            format!("{framework} {}", visits[0].connections),
            Spread::of(rates(&samples[0])),
            Spread::of(rates(&samples[1])),
            rate_ratio(&samples[1], &samples[0]),
        );
    }
    println!();
    Ok(())
}

const CONNECTIONS: [usize; 4] = [1, 8, 64, 256];
