//! When each message was committed, by Redis itself: a commit whose process was killed before it could tell is one too.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use redis::{Commands, Connection, Value, from_redis_value};
use sha2::{Digest, Sha256};

use crate::messages::Message;

/// Milliseconds since 1970, by message.
pub(crate) fn commit_times<'a>(
    url: &str,
    messages: impl IntoIterator<Item = &'a Message>,
) -> HashMap<String, i64> {
    let messages = messages.into_iter();
    let ids: HashMap<String, &str> = messages
        .map(|message| (key(&message.id), &*message.id))
        .collect();
    let client = redis::Client::open(url).expect("a valid URL");
    let mut connection = client.get_connection().expect("a server that answers");
    // What is known of messages, and not who has claimed them.
    let keys: Vec<String> = connection.keys("callhook:{*}").expect("keys");
    let window = i64::try_from(WINDOW.as_millis()).expect("a day");
    let mut times = HashMap::new();
    for keys in keys.chunks(100) {
        let (now, left) = times_to_live(&mut connection, keys);
        for (key, left) in keys.iter().zip(left) {
            // A key expires with the last of what it holds. Without a commit that is a lease, which is a minute at
            // most.
            if left > window / 2 {
                let id = ids.get(key).expect("a message's key");
                times.insert((*id).to_owned(), now + left - window);
            }
        }
    }
    times
}

/// The server's clock, and how long each of the keys still lives, at one moment: asked again until little time passes
/// between the first answer and the last.
fn times_to_live(connection: &mut Connection, keys: &[String]) -> (i64, Vec<i64>) {
    let mut questions = redis::pipe();
    questions.cmd("TIME");
    for key in keys {
        questions.cmd("PTTL").arg(key);
    }
    questions.cmd("TIME");
    let millis = |clock: Value| {
        let (seconds, micros): (i64, i64) = from_redis_value(clock).expect("a time");
        seconds * 1000 + micros / 1000
    };
    for _ in 0..100 {
        let mut answers: VecDeque<Value> = questions
            .query::<Vec<Value>>(connection)
            .expect("times to live")
            .into();
        let (begin, end) = (answers.pop_front(), answers.pop_back());
        let [begin, end] = [begin, end].map(|clock| millis(clock.expect("a time")));
        if end - begin <= MOMENT_MS {
            let left = answers.into_iter().map(from_redis_value);
            return (end, left.collect::<Result<_, _>>().expect("times to live"));
        }
    }
    panic!("Redis takes more than {MOMENT_MS} ms for a hundred answers");
}

const MOMENT_MS: i64 = 10;

/// For which a handled message is remembered, by default.
const WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

/// The key of a message, made as the documentation of `Identity` says.
fn key(id: &str) -> String {
    let parts = ["telecmi", "crash", "", "", "cdr", id, "", "", "answered"];
    let mut hash = Sha256::new();
    for part in parts {
        let length = u32::try_from(part.len()).expect("short");
        hash.update(length.to_be_bytes());
        hash.update(part);
    }
    let digits = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    format!("callhook:{{{digits}}}")
}
