//! A cluster of three nodes.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::{Server, Start};

#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) nodes: [Server; 3],
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let start = Start::default()
            .with(&["--cluster-enabled", "yes"])
            .with(&["--cluster-node-timeout", "2000"])
            .with(&["--cluster-require-full-coverage", "no"]);
        let nodes = [(); 3].map(|()| start.clone().start());
        let create = Command::new("redis-cli")
            .args(["--cluster", "create"])
            .args(
                nodes
                    .iter()
                    .map(|node| format!("127.0.0.1:{}", node.port())),
            )
            .args(["--cluster-replicas", "0", "--cluster-yes"])
            .output()
            .expect("these tests need redis-cli");
        let said = String::from_utf8_lossy(&create.stdout);
        assert!(create.status.success(), "{said}");
        let cluster = Self { nodes };
        let begin = Instant::now();
        while !cluster.is_whole() {
            assert!(
                begin.elapsed() < Duration::from_secs(30),
                "no cluster: {said}"
            );
            thread::sleep(Duration::from_millis(50));
        }
        cluster
    }

    pub(crate) fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Server::url).collect()
    }

    /// Begins to move this key's slot from one node to another, and returns both. No key is moved yet.
    pub(crate) fn begin_move(&self, key: &str) -> (&Server, &Server) {
        let slot: u16 = self.nodes[0].query(&["CLUSTER", "KEYSLOT", key]);
        let (from, to) = match &self.nodes {
            [one, other, _] if has_slot(one, slot) => (one, other),
            [other, one, _] if has_slot(one, slot) => (one, other),
            [other, _, one] => (one, other),
        };
        let slot = slot.to_string();
        for (node, state, peer) in [(to, "IMPORTING", from), (from, "MIGRATING", to)] {
            let peer: String = peer.query(&["CLUSTER", "MYID"]);
            let _: () = node.query(&["CLUSTER", "SETSLOT", &slot, state, &peer]);
        }
        (from, to)
    }

    fn is_whole(&self) -> bool {
        self.nodes.iter().all(|node| {
            let info: String = node.query(&["CLUSTER", "INFO"]);
            info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
        })
    }
}

fn has_slot(node: &Server, slot: u16) -> bool {
    let nodes: String = node.query(&["CLUSTER", "NODES"]);
    let myself = nodes.lines().find(|line| line.contains("myself"));
    // The ranges are its last words.
    let mut ranges = myself.into_iter().flat_map(|line| line.split(' ').skip(8));
    ranges.any(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let bound = |bound: &str| bound.parse::<u16>().ok();
        matches!((bound(first), bound(last)), (Some(first), Some(last)) if (first..=last).contains(&slot))
    })
}
