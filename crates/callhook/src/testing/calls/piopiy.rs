//! A call as PIOPIY reports it.

mod inbound;
mod outbound;
pub(in crate::testing) mod wire;

use super::answers::RightAnswers;
use super::cast::Cast;
use super::platform::Edition;
use super::plot::Plot;
use super::random::Random;
use super::script::Script;

pub(super) fn report(
    plot: &Plot,
    cast: &Cast,
    edition: Edition,
    random: &mut Random,
) -> (Script, RightAnswers) {
    let wire = wire::Wire::of(cast, edition, random);
    if plot.is_inbound() {
        inbound::report(plot, &wire, random)
    } else {
        outbound::report(plot, &wire, random)
    }
}
