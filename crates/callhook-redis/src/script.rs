//! The three transitions of a message that is known, the trial of them, taking a claim back, and forgetting, as scripts
//! that run on the server, each in one step.

use std::sync::LazyLock;

use redis::Cmd;

use crate::ask::Ask;

/// A script, and the hash by which a server knows it once it has seen it.
pub(crate) struct Script {
    text: &'static str,
    hash: String,
}

pub(crate) static CLAIM: LazyLock<Script> = LazyLock::new(|| Script::new(CLAIM_TEXT));
pub(crate) static COMMIT: LazyLock<Script> = LazyLock::new(|| Script::new(COMMIT_TEXT));
pub(crate) static RELEASE: LazyLock<Script> = LazyLock::new(|| Script::new(RELEASE_TEXT));
pub(crate) static FORGET: LazyLock<Script> = LazyLock::new(|| Script::new(FORGET_TEXT));
pub(crate) static TAKE_BACK: LazyLock<Script> = LazyLock::new(|| Script::new(TAKE_BACK_TEXT));
pub(crate) static PING: LazyLock<Script> = LazyLock::new(|| Script::new(PING_TEXT));

const CLAIM_TEXT: &str = concat!(
    include_str!("lua/message.lua"),
    include_str!("lua/lease.lua"),
    include_str!("lua/claim.lua")
);
const COMMIT_TEXT: &str = concat!(
    include_str!("lua/message.lua"),
    include_str!("lua/lease.lua"),
    include_str!("lua/commit.lua")
);
const RELEASE_TEXT: &str = concat!(
    include_str!("lua/message.lua"),
    include_str!("lua/lease.lua"),
    include_str!("lua/release.lua")
);
const FORGET_TEXT: &str = concat!(
    include_str!("lua/message.lua"),
    include_str!("lua/forget.lua")
);
const TAKE_BACK_TEXT: &str = include_str!("lua/take_back.lua");
const PING_TEXT: &str = include_str!("lua/ping.lua");

impl Script {
    fn new(text: &'static str) -> Self {
        let hash = redis::Script::new(text).get_hash().to_owned();
        Self { text, hash }
    }

    /// The call for a server that knows the script.
    pub(crate) fn by_hash(&self, ask: &Ask) -> Cmd {
        about(ask, self.by_hash_on(&ask.keys.both()))
    }

    /// The call for one that doesn't yet. Unlike a load and a call, it is one round trip, and in a cluster it reaches
    /// the node that has the keys and no other.
    pub(crate) fn by_text(&self, ask: &Ask) -> Cmd {
        about(ask, self.by_text_on(&ask.keys.both()))
    }

    /// As `by_hash`, for a script that is asked about keys alone.
    pub(crate) fn by_hash_on(&self, keys: &[&str]) -> Cmd {
        call("EVALSHA", &self.hash, keys)
    }

    /// As `by_text`, for a script that is asked about keys alone.
    pub(crate) fn by_text_on(&self, keys: &[&str]) -> Cmd {
        call("EVAL", self.text, keys)
    }
}

fn call(command: &str, script: &str, keys: &[&str]) -> Cmd {
    let mut call = redis::cmd(command);
    call.arg(script).arg(keys.len()).arg(keys);
    call
}

fn about(ask: &Ask, mut call: Cmd) -> Cmd {
    call.arg(ask.content())
        .arg(ask.token())
        .arg(ask.duration)
        .arg(ask.window);
    call
}
