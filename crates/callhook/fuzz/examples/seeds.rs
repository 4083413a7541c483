//! Writes the seeds of each target into its corpus: `cargo run --no-default-features --example seeds`.

use std::fs;
use std::path::Path;

use callhook_fuzz::{TARGETS, seeds};

fn main() -> std::io::Result<()> {
    for target in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("corpus")
            .join(target.name);
        fs::create_dir_all(&folder)?;
        for (index, seed) in seeds(target.name).iter().enumerate() {
            fs::write(folder.join(format!("seed-{index:03}")), seed)?;
        }
    }
    Ok(())
}
