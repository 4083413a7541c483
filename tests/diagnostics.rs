//! What the compiler says of likely mistakes: the error names what was expected and how to mend it.
//!
//! The programs are checked by cargo in a package of their own, with the workspace's `Cargo.lock`.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A program with a mistake, and what the compiler's error has to say.
struct Mistake {
    name: &'static str,
    program: &'static str,
    says: &'static [&'static str],
}

const MISTAKES: [Mistake; 6] = [
    Mistake {
        name: "the event type where the provider belongs",
        program: r#"
            use callhook_tower::{Endpoint, telecmi::Event};
            fn main() {
                let endpoint: Option<Event> = None;
                Endpoint::builder(endpoint.unwrap());
            }
        "#,
        says: &[
            "`callhook_tower::telecmi::Event` is not a provider",
            "`Endpoint::builder` takes the provider",
        ],
    },
    Mistake {
        name: "an address where the store belongs",
        program: r#"
            use callhook_tower::{Endpoint, telecmi::Telecmi};
            fn main() {
                let _ = Endpoint::builder(Telecmi).replay_store("redis://127.0.0.1");
            }
        "#,
        says: &[
            "`&str` is not a replay store",
            "pass a store, not the address",
        ],
    },
    Mistake {
        name: "an observer of the wrong argument",
        program: r#"
            use callhook_tower::{Endpoint, telecmi::Telecmi};
            fn main() {
                let _ = Endpoint::builder(Telecmi).observer(42);
            }
        "#,
        says: &["`{integer}` is not an observer", "|outcome: &Outcome<'_>|"],
    },
    Mistake {
        name: "a tenant's name where the lookup belongs",
        program: r#"
            use callhook_tower::auth::Tenants;
            fn main() {
                let _ = Tenants::path_segment("acme");
            }
        "#,
        says: &[
            "`&str` can't look tenants up",
            "`|name: String| async move { .. }`",
        ],
    },
    Mistake {
        name: "the provider where a function of events expects the event",
        program: r#"
            use callhook_tower::{callhook::call::CallEvent, telecmi::Telecmi};
            fn kind(event: &impl CallEvent) -> &str {
                event.kind()
            }
            fn main() {
                kind(&Telecmi);
            }
        "#,
        says: &[
            "`Telecmi` is not an event of a call",
            "`telecmi::Event` of `telecmi::Telecmi`",
        ],
    },
    Mistake {
        name: "the event of a guarded webhook without processing it",
        program: r#"
            use callhook_tower::{GuardedWebhook, telecmi::Event};
            async fn on_call(call: GuardedWebhook<Event>) {
                println!("{:?}", call.event());
            }
            fn main() {
                let _ = on_call;
            }
        "#,
        says: &["no method named `event` found for struct `GuardedWebhook"],
    },
];

#[test]
fn the_compiler_names_the_mistake_and_its_fix() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("diagnostics");
    let _ = fs::remove_dir_all(package.join("src"));
    fs::create_dir_all(package.join("src/bin")).expect("a folder");
    let manifest = format!(
        "[package]\nname = \"diagnostics\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
         callhook-tower = {{ path = {:?}, features = [\"axum\"] }}\n",
        workspace.join("crates/callhook-tower")
    );
    fs::write(package.join("Cargo.toml"), manifest).expect("written");
    fs::copy(workspace.join("Cargo.lock"), package.join("Cargo.lock")).expect("copied");
    for (number, mistake) in MISTAKES.iter().enumerate() {
        let path = package.join(format!("src/bin/mistake{number}.rs"));
        fs::write(path, mistake.program).expect("written");
    }
    for (number, mistake) in MISTAKES.iter().enumerate() {
        let output = Command::new(env!("CARGO"))
            .args(["check", "--offline", "--bin", &format!("mistake{number}")])
            .current_dir(&package)
            .env("CARGO_TARGET_DIR", package.join("target"))
            .env("CARGO_TERM_COLOR", "never")
            .output()
            .expect("cargo runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "it compiles: {}", mistake.name);
        for text in mistake.says {
            assert!(
                errors.contains(text),
                "{}: {text:?} in {errors}",
                mistake.name
            );
        }
    }
}
