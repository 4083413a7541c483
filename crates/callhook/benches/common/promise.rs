//! What was promised of a figure, and whether it is so.

use super::paired::Ratio;

/// The head of the table whose rows [`measure`] prints.
pub(crate) fn print_head() {
    println!(
        "{:<WIDTH$} {:>11} {:>11}   ratio  quartiles     promise",
        "step of peer", "step", "peer"
    );
}

/// Measures and prints, if the name is one that was asked for.
pub(crate) fn measure(name: &str, promise: Option<f64>, ratio: impl FnOnce() -> Ratio) {
    if is_asked(name) {
        print(name, promise, &ratio());
    }
}

/// Whether the name has one of the parts that the command has behind `--`, if it has any.
pub(crate) fn is_asked(name: &str) -> bool {
    let mut wanted = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .peekable();
    wanted.peek().is_none() || wanted.any(|part| name.contains(&part))
}

/// A row: a promise that lies within the quartiles counts as met.
pub(crate) fn print(name: &str, promise: Option<f64>, ratio: &Ratio) {
    let promise = promise.map_or(String::new(), |most| {
        let (low, _) = ratio.quartiles();
        let verdict = match ratio.median() {
            median if median <= most => "met",
            _ if low <= most => "met within the quartiles",
            _ => "not met",
        };
        format!("<= {most:.2}: {verdict}")
    });
    println!("{name:<WIDTH$} {ratio}  {promise}");
}

const WIDTH: usize = 46;
