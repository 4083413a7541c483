//! Writes the documented payloads of each provider as seeds for its target: `cargo run --example seeds`, in this folder.

use std::fs;
use std::path::Path;

use callhook::testing::corpus;

fn main() -> std::io::Result<()> {
    for sample in corpus() {
        let folder = Path::new("corpus").join(sample.provider());
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("{}.json", sample.name())), sample.json())?;
        fs::write(folder.join(format!("{}.query", sample.name())), sample.query())?;
    }
    Ok(())
}
