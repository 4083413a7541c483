//! A real browser, driven over a pipe by the DevTools protocol: [`Browser`], and a page in it: [`Page`].
//!
//! A pipe needs no port and no web socket, and the browser ends with the process that has the other end of it.

// Each name says it.
#![allow(missing_docs)]

mod connection;
mod page;

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use serde_json::json;

use self::connection::Connection;
pub use self::page::Page;

/// Chromium, without a window.
#[derive(Clone, Debug)]
pub struct Browser(Arc<Connection>);

impl Browser {
    /// One for all tests of a process: each page has its own context, and so shares nothing with others.
    pub fn shared() -> Self {
        static SHARED: OnceLock<Browser> = OnceLock::new();
        SHARED.get_or_init(Self::start).clone()
    }

    fn start() -> Self {
        // The shell hands the pipes on as the descriptors that Chromium wants them as, and cleans up after it.
        let script = "profile=$(mktemp -d) && trap 'rm -rf \"$profile\"' EXIT && \
            \"$@\" --user-data-dir=\"$profile\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";
        let child = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(program())
            .args([
                "--headless=new",
                "--remote-debugging-pipe",
                // Root has no other choice, and a container often has no room in /dev/shm.
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--no-first-run",
                "--no-proxy-server",
                "--disable-background-networking",
                "--disable-component-update",
                "--lang=en-US",
                // Pages in the background would get no frames, and all but one are.
                "--disable-renderer-backgrounding",
                "--disable-backgrounding-occluded-windows",
                "--disable-background-timer-throttling",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let browser = Self(Arc::new(Connection::new(child)));
        browser.0.call(None, "Browser.getVersion", json!({}));
        browser
    }

    /// An empty page, in a context of its own.
    pub fn page(&self) -> Page {
        let context = self.0.call(None, "Target.createBrowserContext", json!({}));
        let target = self.0.call(
            None,
            "Target.createTarget",
            json!({"url": "about:blank", "browserContextId": context["browserContextId"]}),
        );
        let target = &target["targetId"];
        let attached = self.0.call(
            None,
            "Target.attachToTarget",
            json!({"targetId": target, "flatten": true}),
        );
        let session = attached["sessionId"].as_str().expect("a session");
        let context = context["browserContextId"].as_str().expect("a context");
        Page::new(Arc::clone(&self.0), session.to_owned(), context.to_owned())
    }
}

/// Debian and others name it differently. `CALLHOOK_TEST_CHROMIUM` names another.
fn program() -> PathBuf {
    if let Some(program) = env::var_os("CALLHOOK_TEST_CHROMIUM") {
        return program.into();
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|program| program.is_file())
        .expect("chromium on the path: `tests/run --install-only` installs it")
}
