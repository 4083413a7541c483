//! What the command line says.

use std::time::Duration;

/// How long and how hard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Of the first table; the others have a third.
    pub(crate) rounds: usize,
    /// Of one visit to one server.
    pub(crate) time: Duration,
    /// Of all tables but the one about connections.
    pub(crate) connections: usize,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            // Short visits, and many: a spell in which the machine is slow then spoils whole rounds rather than one server
            // of a round.
            rounds: 30,
            time: Duration::from_millis(500),
            connections: 32,
        };
        while let Some(name) = arguments.next() {
            let mut value = || {
                let value = arguments.next().and_then(|value| value.parse().ok());
                // A visit's requests are all made before it.
                value.filter(|value: &f64| *value > 0.0 && *value <= 1000.0)
            };
            let taken = match &*name {
                "--quick" => {
                    options.rounds = 3;
                    options.time = Duration::from_millis(300);
                    Some(())
                }
                "--rounds" => value().map(|rounds| options.rounds = whole(rounds)),
                "--connections" => value().map(|count| options.connections = whole(count)),
                "--seconds" => value()
                    .filter(|time| *time <= 10.0)
                    .map(|time| options.time = Duration::from_secs_f64(time)),
                _ => None,
            };
            taken.ok_or_else(|| format!("{name}: {USAGE}"))?;
        }
        Ok(options)
    }

    /// Of the tables after the first.
    pub(crate) fn fewer_rounds(self) -> usize {
        self.rounds.div_ceil(3)
    }
}

/// Counts are small and positive here.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(number: f64) -> usize {
    number.ceil() as usize
}

const USAGE: &str = "callhook-load [--quick] [--rounds 30] [--seconds 0.5] [--connections 32], each more than 0, and at most 10 seconds";
