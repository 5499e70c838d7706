//! curl, as people use it.

use std::process::{Command, Stdio};

use crate::{Answer, watch};

/// Runs curl with these arguments and reads what `-i` shows. `-I` makes it a HEAD.
///
/// # Panics
///
/// If curl cannot be run, or fails.
#[must_use]
pub fn curl(arguments: &[&str]) -> Answer {
    curl_with(arguments, |_| {})
}

/// The same after `change` has added variables to the environment. What is shown of several exchanges
/// is the last.
pub(crate) fn curl_with(arguments: &[&str], change: impl FnOnce(&mut Command)) -> Answer {
    watch::curl(arguments);
    let mut command = Command::new("curl");
    // Whatever the environment says of proxies, and ~/.curlrc of anything.
    command.args(["--disable", "--noproxy", "*", "--silent", "--show-error", "--max-time", "60", "--include"]);
    command.args(arguments).stdin(Stdio::null());
    change(&mut command);
    let output = command.output().expect("curl can be run: `tests/run` installs it");
    assert!(output.status.success(), "curl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let mut shown = &output.stdout[..];
    loop {
        let mut answer = Answer::read_head(&mut shown);
        // Interim responses, such as 100 to a large body, come before.
        if answer.status >= 200 {
            answer.body = shown.to_vec();
            return answer;
        }
    }
}
