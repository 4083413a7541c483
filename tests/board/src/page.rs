//! A page: [`Page`].

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};

use super::connection::Connection;

/// A page of a browser. Its context ends with it.
pub struct Page {
    connection: Arc<Connection>,
    session: String,
    context: String,
}

impl Page {
    pub(crate) fn new(connection: Arc<Connection>, session: String, context: String) -> Self {
        let page = Self {
            connection,
            session,
            context,
        };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.call(&format!("{domain}.enable"), json!({}));
        }
        // As if it were the only one, and in front.
        page.call(
            "Emulation.setFocusEmulationEnabled",
            json!({"enabled": true}),
        );
        page
    }

    pub fn call(&self, method: &str, parameters: Value) -> Value {
        self.connection
            .call(Some(&self.session), method, parameters)
    }

    /// Goes there, and waits until it is loaded.
    pub fn open(&self, url: &str) {
        let answer = self.call("Page.navigate", json!({"url": url}));
        assert_eq!(answer.get("errorText"), None, "{url}");
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /// What an expression is, once it has settled.
    pub fn value(&self, expression: &str) -> Value {
        self.try_value(expression)
            .unwrap_or_else(|error| panic!("`{expression}`: {error}"))
    }

    fn try_value(&self, expression: &str) -> Result<Value, Value> {
        let mut answer = self.connection.try_call(
            Some(&self.session),
            "Runtime.evaluate",
            json!({"expression": expression, "returnByValue": true, "awaitPromise": true}),
        )?;
        match answer.get("exceptionDetails") {
            Some(details) => Err(details.clone()),
            None => Ok(answer["result"]["value"].take()),
        }
    }

    pub fn text(&self, expression: &str) -> String {
        let value = self.value(expression);
        let text = value.as_str().map(str::to_owned);
        text.unwrap_or_else(|| panic!("`{expression}` is {value}"))
    }

    pub fn number(&self, expression: &str) -> f64 {
        let value = self.value(expression);
        value
            .as_f64()
            .unwrap_or_else(|| panic!("`{expression}` is {value}"))
    }

    /// Waits until an expression is true.
    pub fn wait_for(&self, expression: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            // On the way from one document to another there is none to ask.
            let value = self.try_value(expression);
            if value == Ok(Value::Bool(true)) {
                return;
            }
            if Instant::now() > end {
                let html = self.try_value("document.documentElement.outerHTML");
                let errors = self.errors();
                panic!("`{expression}` is {value:?}; errors: {errors:?}; {html:?}");
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Presses a key, as a person at the keyboard does.
    pub fn press(&self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            other => panic!("no key {other}"),
        };
        let key = json!({"key": key, "code": key, "windowsVirtualKeyCode": code, "text": text});
        for kind in ["keyDown", "keyUp"] {
            let mut parameters = key.clone();
            parameters["type"] = kind.into();
            self.call("Input.dispatchKeyEvent", parameters);
        }
    }

    /// Types text, key by key.
    pub fn write(&self, text: &str) {
        for character in text.chars() {
            let text = character.to_string();
            for kind in ["keyDown", "keyUp"] {
                let mut parameters = json!({"type": kind, "key": text});
                if kind == "keyDown" {
                    parameters["text"] = text.clone().into();
                }
                self.call("Input.dispatchKeyEvent", parameters);
            }
        }
    }

    pub fn resize(&self, width: u32, height: u32, is_phone: bool) {
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone}),
        );
    }

    /// `light` or `dark`.
    pub fn set_color_scheme(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.call("Emulation.setEmulatedMedia", json!({"features": features}));
    }

    /// What is to be seen from the top, so wide and high, as PNG, at six tenths of its size.
    pub fn picture(&self, width: u32, height: u32) -> Vec<u8> {
        let clip = json!({"x": 0, "y": 0, "width": width, "height": height, "scale": 0.6});
        let picture = self.call(
            "Page.captureScreenshot",
            json!({"format": "png", "clip": clip}),
        );
        let data = picture["data"].as_str().expect("base64");
        Base64::decode_vec(data).expect("base64")
    }

    /// What the console shows as errors: exceptions, violations of the policy, requests that failed.
    pub fn errors(&self) -> Vec<String> {
        let events = self.connection.events(&self.session);
        let errors = events.iter().filter(|event| {
            let parameters = &event["params"];
            match event["method"].as_str() {
                Some("Runtime.exceptionThrown") => true,
                Some("Runtime.consoleAPICalled") => parameters["type"] == "error",
                Some("Log.entryAdded") => parameters["entry"]["level"] == "error",
                _ => false,
            }
        });
        errors.map(|event| event["params"].to_string()).collect()
    }

    /// The headers of the last answer from a URL that ends so.
    pub fn answered_headers(&self, end: &str) -> Value {
        let events = self.connection.events(&self.session);
        let answers = events.iter().rev().filter(|event| {
            event["method"] == "Network.responseReceived"
                && event["params"]["response"]["url"]
                    .as_str()
                    .is_some_and(|url| url.ends_with(end))
        });
        let headers = answers.map(|event| event["params"]["response"]["headers"].clone());
        let mut headers = headers;
        headers
            .next()
            .unwrap_or_else(|| panic!("nothing from {end}"))
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").finish_non_exhaustive()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let context = json!({"browserContextId": self.context});
        // A browser that is gone has no contexts.
        let _ = self
            .connection
            .try_call(None, "Target.disposeBrowserContext", context);
    }
}

/// It decides between slow and never.
const PATIENCE: Duration = Duration::from_secs(60);
