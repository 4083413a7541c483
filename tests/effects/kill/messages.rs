//! The messages of a run.

use callhook_test_support::Random;

/// Each says what is to happen once its effect is committed.
pub(crate) fn messages(count: usize, random: &mut Random) -> Vec<String> {
    let message = |n: usize| {
        // Whatever is drawn, there are some.
        let drawn = if n < 5 { 0 } else { random.of(0..100) };
        let then = match drawn {
            0..2 => r#","then":"kill""#,
            2..5 => r#","then":"fail""#,
            5..8 => r#","then":"panic""#,
            _ => "",
        };
        format!(r#"{{"type":"cdr","status":"answered","cmiuuid":"{n}"{then}}}"#)
    };
    (0..count).map(message).collect()
}
