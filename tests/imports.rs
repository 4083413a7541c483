//! No two files of a crate import each other, whether directly or round a longer way.
//!
//! A file imports what its `use` lines and its paths beginning with `crate` or `super` lead to; a re-export leads to the
//! file that it re-exports from. A submodule may use what its parents define: they are one module in several files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Module = Vec<String>;

#[test]
fn no_two_files_of_a_crate_import_each_other() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    let mut crates = 0;
    for folder in ["crates", "examples"] {
        for entry in std::fs::read_dir(workspace.join(folder)).expect("a folder") {
            let source = entry.expect("an entry").path().join("src");
            if source.is_dir() {
                let circle = circle(&Crate::read(&source).imports());
                assert_eq!(circle, None, "{}", source.display());
                crates += 1;
            }
        }
    }
    assert!(crates >= 6, "{crates}");
}

#[test]
fn a_circle_is_found_through_re_exports_and_not_taken_for_one_among_parents() {
    let found = |files: &[(&str, &str)]| {
        let files = files.iter().map(|(name, text)| {
            let module: Module = name.split("::").map(str::to_owned).collect();
            (module, text.to_string())
        });
        circle(&Crate::of(files.chain([(Vec::new(), String::new())])).imports())
    };
    let round = found(&[
        ("a", "pub use self::inner::A;"),
        ("a::inner", "use crate::b::{B, C};\npub struct A;"),
        ("b", "pub struct B;\nfn b() { crate::a::A }"),
    ]);
    assert_eq!(round.as_deref(), Some("a::inner, b"));
    let downwards = found(&[
        ("a", "use self::inner::Inner;\npub struct A;"),
        ("a::inner", "use super::A;\npub struct Inner;"),
    ]);
    assert_eq!(downwards, None);
}

/// The modules of a crate.
struct Crate(BTreeMap<Module, File>);

#[derive(Default)]
struct File {
    defined: BTreeSet<String>,
    /// What a name leads to.
    re_exported: BTreeMap<String, Module>,
    imported: Vec<Module>,
}

impl Crate {
    fn read(source: &Path) -> Self {
        let mut files = Vec::new();
        let mut folders = vec![source.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                let name = path.file_stem().expect("a name").to_string_lossy();
                if path.is_dir() && name != "tests" {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs")
                    && name != "tests"
                {
                    let text = std::fs::read_to_string(&path).expect("text");
                    files.push((module_of(&path, source), text));
                }
            }
        }
        Self::of(files)
    }

    fn of(files: impl IntoIterator<Item = (Module, String)>) -> Self {
        let files = files.into_iter().map(|(module, text)| {
            let file = File::read(&module, &text);
            (module, file)
        });
        Self(files.collect())
    }

    /// Which modules each module imports.
    fn imports(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let of_file = |(module, file): (&Module, &File)| {
            let imported = file.imported.iter().map(|path| self.home_of(path, 0));
            let imported = imported.filter(|home| !module.starts_with(home));
            (module.clone(), imported.collect())
        };
        self.0.iter().map(of_file).collect()
    }

    /// The module that defines what a path names.
    fn home_of(&self, path: &[String], re_exports: usize) -> Module {
        let is_module = |length: &usize| self.0.contains_key(&path[..*length]);
        let length = (0..=path.len()).rev().find(is_module).expect("the root");
        let (module, rest) = path.split_at(length);
        let file = &self.0[module];
        match rest.first().map(|name| (name, file.re_exported.get(name))) {
            Some((name, Some(path))) if !file.defined.contains(name) && re_exports < 10 => {
                self.home_of(path, re_exports + 1)
            }
            _ => module.to_vec(),
        }
    }
}

impl File {
    fn read(module: &[String], text: &str) -> Self {
        let mut file = Self::default();
        let text = without_comments_and_tests(text);
        let words: Vec<&str> = text
            .split(|char: char| !char.is_alphanumeric() && char != '_')
            .filter(|word| !word.is_empty())
            .collect();
        for pair in words.windows(2) {
            let kinds = ["struct", "enum", "fn", "trait", "type", "const", "static"];
            if kinds.contains(&pair[0]) {
                file.defined.insert(pair[1].to_owned());
            }
        }
        for statement in text.split(';') {
            let line = statement
                .rsplit('\n')
                .find(|line| line.contains("use "))
                .map(str::trim_start);
            let starts = |line: &&str| line.starts_with("use ") || line.starts_with("pub");
            let Some(start) = line.filter(starts).and_then(|line| statement.rfind(line)) else {
                file.import_paths(module, statement);
                continue;
            };
            let (before, tree) = statement.split_at(start);
            file.import_paths(module, before);
            let (visibility, tree) = tree.split_once("use ").expect("it was found");
            for path in leaves(tree) {
                let Some(path) = absolute(module, &path) else {
                    continue;
                };
                match path.last() {
                    Some(name) if visibility.starts_with("pub") => {
                        file.re_exported.insert(name.clone(), path);
                    }
                    _ => file.imported.push(path),
                }
            }
        }
        file
    }

    /// Takes paths that are written out where they are used.
    fn import_paths(&mut self, module: &[String], code: &str) {
        let is_of_path = |char: char| char.is_alphanumeric() || char == '_' || char == ':';
        for path in code.split(|char| !is_of_path(char)) {
            if path.starts_with("crate::") || path.starts_with("super::") {
                self.imported.extend(absolute(module, path));
            }
        }
    }
}

fn module_of(path: &Path, source: &Path) -> Module {
    let relative = path
        .strip_prefix(source)
        .expect("within")
        .with_extension("");
    let mut module: Module = relative
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    if ["mod", "lib", "main"]
        .iter()
        .any(|root| module.last().is_some_and(|last| last == root))
    {
        module.pop();
    }
    module
}

fn without_comments_and_tests(text: &str) -> String {
    let code = text
        .find("\n#[cfg(test)]\nmod ")
        .map_or(text, |tests| &text[..tests]);
    let lines = code
        .lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    lines.collect::<Vec<_>>().join("\n")
}

/// The paths of a `use` tree.
fn leaves(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((prefix, group)) = tree.split_once('{') else {
        let name = tree.split(" as ").next().unwrap_or_default();
        return vec![name.trim().to_owned()];
    };
    let group = group.strip_suffix('}').unwrap_or(group);
    let mut depth = 0;
    let is_end = |char: char| {
        depth += i32::from(char == '{') - i32::from(char == '}');
        char == ',' && depth == 0
    };
    let members = group
        .split(is_end)
        .filter(|member| !member.trim().is_empty());
    members
        .flat_map(leaves)
        .map(|member| format!("{}{member}", prefix.trim()))
        .collect()
}

/// A path from the crate's root. `None` for one of another crate.
fn absolute(module: &[String], path: &str) -> Option<Module> {
    let mut names: Vec<&str> = path.split("::").filter(|name| *name != "*").collect();
    let base = match names.first().copied()? {
        "crate" => {
            names.remove(0);
            &[]
        }
        "self" => {
            names.remove(0);
            module
        }
        "super" => {
            let supers = names.iter().take_while(|name| **name == "super").count();
            names.drain(..supers);
            &module[..module.len().checked_sub(supers)?]
        }
        _ => return None,
    };
    let names = names
        .into_iter()
        .filter(|name| !name.is_empty() && *name != "self");
    Some(
        base.iter()
            .cloned()
            .chain(names.map(str::to_owned))
            .collect(),
    )
}

/// The modules of a circle, if there is one: what is left after all that import nothing of the rest, or that nothing of
/// the rest imports, were taken away.
fn circle(imports: &BTreeMap<Module, BTreeSet<Module>>) -> Option<String> {
    let mut left: BTreeSet<&Module> = imports.keys().collect();
    loop {
        let is_on_a_way = |module: &&Module| {
            let imports_some = imports[*module]
                .iter()
                .any(|imported| left.contains(imported));
            let mut importers = left
                .iter()
                .filter(|other| imports[**other].contains(*module));
            imports_some && importers.next().is_some()
        };
        let next: BTreeSet<&Module> = left.iter().copied().filter(is_on_a_way).collect();
        if next.len() == left.len() {
            break;
        }
        left = next;
    }
    let names: Vec<String> = left.iter().map(|module| module.join("::")).collect();
    (!names.is_empty()).then(|| names.join(", "))
}
