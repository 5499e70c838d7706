//! A browser.

use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::installed::{in_cache, in_environment};
use crate::{Tickets, repository};

/// What a page was.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The status.
    pub status: u16,
    /// The text.
    pub body: String,
}

impl Tickets {
    /// Has a new Chromium without a window visit a page, with these tickets for the servers whose
    /// names are on the list `allowed`, such as `localhost`.
    ///
    /// # Panics
    ///
    /// If the page cannot be visited.
    #[must_use]
    pub fn chromium(&self, url: &str, allowed: &str) -> Visit {
        let home: TempDir = tempfile::tempdir().expect("a directory");
        let mut command = Command::new(in_environment("bin/node"));
        command.arg(repository().join("tests/node/browser.mjs")).args([url, allowed]).stdin(Stdio::null());
        command.env("NODE_PATH", in_cache("node/node_modules")).env_remove("NODE_OPTIONS").env("HOME", home.path());
        self.environment(&mut command);
        let output = command.output().expect("Node.js can be run");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "Chromium: {errors}");
        let page: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"));
        let status = page["status"].as_u64().and_then(|status| status.try_into().ok());
        Visit {
            status: status.unwrap_or_else(|| panic!("no status: {page}")),
            body: page["body"].as_str().expect("a text").to_owned(),
        }
    }
}
