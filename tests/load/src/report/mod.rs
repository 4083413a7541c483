//! The tables.

mod connections;
mod features;
mod forged;
mod memory;

pub(crate) use self::connections::connections;
pub(crate) use self::features::features;
pub(crate) use self::forged::forged;
pub(crate) use self::memory::memory;

use crate::child::Server;
use crate::kind::{Framework, Kind, Variant};
use crate::measure::Sample;
use crate::spread::Spread;

/// Which of the servers it is. All are started.
fn position(servers: &[Server], framework: Framework, variant: Variant) -> usize {
    let kind = Kind { framework, variant };
    let mut servers = servers.iter();
    servers
        .position(|server| server.kind == kind)
        .expect("a server of each kind")
}

fn rates(samples: &[Sample]) -> impl Iterator<Item = f64> {
    samples.iter().map(|sample| sample.rate)
}

fn cpus(samples: &[Sample]) -> impl Iterator<Item = f64> {
    samples.iter().map(|sample| sample.cpu)
}

/// Of the requests a second.
fn rate_ratio(samples: &[Sample], peer: &[Sample]) -> Spread {
    Spread::of_ratios(rates(samples), rates(peer))
}

/// Of the CPU time for a request.
fn cpu_ratio(samples: &[Sample], peer: &[Sample]) -> Spread {
    Spread::of_ratios(cpus(samples), cpus(peer))
}
