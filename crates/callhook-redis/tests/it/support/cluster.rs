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

    fn is_whole(&self) -> bool {
        self.nodes.iter().all(|node| {
            let info: String = node.query(&["CLUSTER", "INFO"]);
            info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
        })
    }
}
