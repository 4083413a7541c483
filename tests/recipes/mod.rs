//! The README's recipes, run. Each is a file in `snippets`, which the README shows to the byte.

mod access_logs;
mod half_close;
mod own_tests;
mod quick_start;
mod two_endpoints;

use std::fs;
use std::path::Path;

const README: &str = include_str!("../../README.md");

#[test]
fn the_readme_shows_every_snippet_as_it_is_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/snippets");
    let mut shown = 0;
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let snippet = fs::read_to_string(&path).expect("text");
        let language = match path.extension().and_then(|extension| extension.to_str()) {
            Some("rs") => "rust",
            _ => "nginx",
        };
        let block = format!("\n```{language}\n{snippet}```\n");
        assert!(README.contains(&block), "{}", path.display());
        shown += 1;
    }
    assert!(shown >= 7, "{shown}");
}
