//! Whole calls' answers are the right ones, whatever came twice, late or out of order.

use super::{joined, name, parts, seeds, simulated};
use crate::testing::calls::SimulatedCall;

fn differences(call: &SimulatedCall) -> Vec<String> {
    let told = joined(&parts(call)).answers();
    call.right_answers().differences(&told)
}

#[test]
fn of_a_whole_call_every_answer_is_right() {
    let mut wrong = Vec::new();
    for call in seeds(6).flat_map(simulated) {
        for difference in differences(&call) {
            wrong.push(format!("{}: {difference}", name(&call)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn of_a_shuffled_call_with_copies_and_resends_every_answer_is_right() {
    for call in seeds(3).flat_map(simulated) {
        let name = name(&call);
        let seed = call.seed();
        let call = call.with_copies(2).with_resends().shuffled(seed);
        // Which of two contents came last is what their order tells.
        let is_revised =
            |message: &crate::testing::calls::CallMessage| message.is_called("revised");
        if !call.messages().iter().any(is_revised) {
            assert_eq!(differences(&call), [""; 0], "{name}");
        }
    }
}
