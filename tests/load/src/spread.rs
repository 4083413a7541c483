//! A figure that was measured several times.

use std::fmt;

/// The median, and the quartiles around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Self {
            low: quantile(&values, 1),
            median: quantile(&values, 2),
            high: quantile(&values, 3),
        }
    }

    /// The spread of what one is of the other, round by round.
    pub(crate) fn of_ratios(
        values: impl IntoIterator<Item = f64>,
        peers: impl IntoIterator<Item = f64>,
    ) -> Self {
        let pairs = values.into_iter().zip(peers);
        Self::of(pairs.map(|(value, peer)| value / peer))
    }

    /// What this says of a promise to be at least so much.
    pub(crate) fn verdict(self, promise: f64) -> &'static str {
        if self.median >= promise {
            "met"
        } else if self.high >= promise {
            "within the spread"
        } else {
            "not met"
        }
    }
}

/// With two digits, or as many as the formatter is told.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        let width = f.width().unwrap_or(0);
        let Self { low, median, high } = self;
        let text = format!("{median:.digits$} ({low:.digits$}-{high:.digits$})");
        write!(f, "{text:>width$}")
    }
}

/// Between the two values nearest to the quarter.
fn quantile(sorted: &[f64], quarter: usize) -> f64 {
    let place = (sorted.len() - 1) * quarter;
    let (at, rest) = (place / 4, place % 4);
    let below = sorted[at];
    let above = sorted[(at + 1).min(sorted.len() - 1)];
    let share = [0.0, 0.25, 0.5, 0.75][rest];
    below + (above - below) * share
}
