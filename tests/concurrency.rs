//! Copies of one message at once.

use std::sync::Barrier;
use std::thread;

use crate::example::Example;
use crate::wire::Encoding;

#[test]
fn of_200_copies_at_once_one_is_handled_and_none_is_lost() {
    let example = Example::start();
    for round in 0..3 {
        let json = format!(
            r#"{{"type":"cdr","status":"answered","cmiuuid":"round {round}","answeredsec":11}}"#
        );
        let start = Barrier::new(COPIES);
        let answers: Vec<_> = thread::scope(|scope| {
            let copies: Vec<_> = (0..COPIES)
                .map(|copy| {
                    let (example, json, start) = (&example, &json, &start);
                    scope.spawn(move || {
                        start.wait();
                        example.send(Encoding::ALL[copy % 4], json)
                    })
                })
                .collect();
            copies
                .into_iter()
                .map(|copy| copy.join().expect("an answer"))
                .collect()
        });

        let mut handled = 0;
        for answer in &answers {
            match (answer.status, answer.outcome()) {
                (200, None) => handled += 1,
                (200, Some("replay")) => {}
                (503, Some("in_flight")) => {
                    let wait = answer
                        .header("retry-after")
                        .and_then(|wait| wait.parse::<u64>().ok());
                    assert!(
                        wait.is_some_and(|wait| (1..=5).contains(&wait)),
                        "{answer:?}"
                    );
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(handled, 1);
        assert_eq!(example.messages().len(), round + 1);
    }
}

const COPIES: usize = 200;
