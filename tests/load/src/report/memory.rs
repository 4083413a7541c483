//! How much memory the servers had at most, after all rounds.

use std::error::Error;

use crate::child::Server;

pub(crate) fn memory(servers: &[Server]) -> Result<(), Box<dyn Error>> {
    println!("{:<18} {:>18} {:>10}", "", "peak memory, MiB", "messages");
    for server in servers {
        println!(
            "{:<18} {:>18} {:>10}",
            server.kind.to_string(),
            server.peak_memory()? / (1024 * 1024),
            server.genuine.sent(),
        );
    }
    Ok(())
}
