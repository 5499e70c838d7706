//! The `portcullis` program, built and running.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use rustix::process::Signal;
use serde_json::Value;

use crate::process::Process;
use crate::{Ended, Site};

/// What it says when it is ready.
const READY: &str = "listening on http";

/// A running `portcullis serve`. It is stopped when this is dropped.
pub struct Program {
    process: Process,
    address: SocketAddr,
    _site: Option<Site>,
}

/// The root of the repository.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Runs the program with these arguments until it ends by itself.
#[must_use]
pub fn run(arguments: &[&str]) -> Output {
    Command::new(Program::path()).args(arguments).stdin(Stdio::null()).output().expect("the program can be run")
}

impl Program {
    /// Where the program is: what `PORTCULLIS_PROGRAM` says, or else built now.
    pub fn path() -> &'static Path {
        static PATH: OnceLock<PathBuf> = OnceLock::new();
        PATH.get_or_init(|| match std::env::var_os("PORTCULLIS_PROGRAM") {
            Some(path) => std::path::absolute(path).expect("PORTCULLIS_PROGRAM is a path"),
            None => built(&build(&["portcullis-gateway"]), "portcullis").to_path_buf(),
        })
    }

    /// Serves this config file on a free port of the loopback interface.
    #[must_use]
    pub fn serve(config: &Path) -> Self {
        Self::serve_with(config, |_| {})
    }

    /// The same after `change` has added arguments, or variables to the environment.
    #[must_use]
    pub fn serve_with(config: &Path, change: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(Self::path());
        command.arg("serve").arg("--config").arg(config).args(["--listen", "127.0.0.1:0"]);
        for variable in ["PORTCULLIS_LOG", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(variable).env_remove(variable.to_lowercase());
        }
        change(&mut command);
        Self::start(command)
    }

    /// Serves an example of `examples/`, built now, on a free port of the loopback interface.
    pub(crate) fn example(name: &str) -> Self {
        // Both at once: the features of one would have the other built anew.
        static BUILT: OnceLock<Vec<PathBuf>> = OnceLock::new();
        let executables = BUILT.get_or_init(|| build(&["example-axum", "example-tonic"]));
        let mut command = Command::new(built(executables, name));
        command.arg("127.0.0.1:0");
        Self::start(command)
    }

    fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null());
        let process = Process::start("the program", command);
        let said = process.line(READY);
        let address = said.trim_start_matches('s').strip_prefix("://").and_then(|address| address.parse().ok());
        let address = address.unwrap_or_else(|| panic!("no address: {said:?}"));
        Self { process, address, _site: None }
    }

    /// Has the directory stay for as long as it is served.
    pub(crate) fn keeping(mut self, site: Site) -> Self {
        self._site = Some(site);
        self
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it wrote so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Asks it to end (SIGTERM), and waits until it has.
    ///
    /// # Panics
    ///
    /// If it does not end.
    #[must_use]
    pub fn stop(self) -> Ended {
        self.process.end(Signal::TERM)
    }
}

/// Builds the binaries of packages, and says where they are.
fn build(packages: &[&str]) -> Vec<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--bins", "--message-format=json-render-diagnostics"])
        .args(packages.iter().flat_map(|package| ["-p", package]))
        .current_dir(repository())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo can be run");
    assert!(output.status.success(), "{packages:?} cannot be built");
    let messages = output.stdout.split(|byte| *byte == b'\n');
    let messages = messages.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).collect()
}

/// The one of this name.
fn built<'a>(executables: &'a [PathBuf], name: &str) -> &'a Path {
    let ours = executables.iter().find(|path| path.file_stem().is_some_and(|stem| stem == name));
    ours.expect("cargo says where it put it")
}
