//! The `portcullis` program, built and running.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::Ended;
use crate::process::Process;
use crate::secrets::Secrets;
use crate::watch::Watch;

/// What it says when it is ready.
const READY: &str = "listening on http";

/// The packages of the examples, and their programs.
const EXAMPLES: [&str; 5] = ["example-airflow", "example-argo", "example-armada", "example-axum", "example-tonic"];

/// Those of their features that need system libraries.
const KERBEROS: &str = "example-airflow/kerberos,example-armada/kerberos";

/// A running `portcullis serve`, or an example. It is stopped when this is dropped.
///
/// It logs all there is to log, and whatever it was given in confidence must not be in what it writes, in
/// any form: when it ends, everything that it wrote is searched, and the test fails if something is found.
/// Secret is what stands in the files of its [`Site`](crate::Site), in its environment, and in the
/// `Authorization` and `Cookie` fields that the clients of the testbed send to it, and what a
/// [`Cluster`](crate::Cluster) has handed out; what comes to it on another way is told by
/// [`watch_for`](Self::watch_for). What is shorter than eight bytes is not searched for.
pub struct Program {
    process: Option<Process>,
    address: SocketAddr,
    secrets: Arc<Secrets>,
    _watch: Watch,
    /// What is to stay for as long as it is served.
    _directory: Option<TempDir>,
}

/// The root of the repository.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

impl Program {
    /// Where the program is: what `PORTCULLIS_PROGRAM` says, or else built now.
    pub fn path() -> &'static Path {
        static PATH: OnceLock<PathBuf> = OnceLock::new();
        PATH.get_or_init(|| match std::env::var_os("PORTCULLIS_PROGRAM") {
            Some(path) => std::path::absolute(path).expect("PORTCULLIS_PROGRAM is a path"),
            None => built(&build(&["-p", "portcullis-gateway", "--features", "kerberos"]), "portcullis").to_path_buf(),
        })
    }

    /// Serves this config file on a free port of the loopback interface, after `change` has added arguments,
    /// or variables to the environment.
    pub(crate) fn serve_with(config: &Path, secrets: Arc<Secrets>, change: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(Self::path());
        command.arg("serve").arg("--config").arg(config).args(["--listen", "127.0.0.1:0"]);
        for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(variable).env_remove(variable.to_lowercase());
        }
        command.env("PORTCULLIS_LOG", "trace");
        change(&mut command);
        Self::start(command, secrets)
    }

    /// Serves an example of `examples/`, built now, on a free port of the loopback interface, after `change` has added
    /// arguments, or variables to the environment.
    pub(crate) fn example(name: &str, secrets: Arc<Secrets>, change: impl FnOnce(&mut Command)) -> Self {
        // All at once: the features of one would have the others built anew.
        static BUILT: OnceLock<Vec<PathBuf>> = OnceLock::new();
        let packages = EXAMPLES.map(|example| ["-p", example]).concat();
        let executables = BUILT.get_or_init(|| build(&[&packages[..], &["--features", KERBEROS]].concat()));
        let mut command = Command::new(built(executables, name));
        command.env("RUST_LOG", "trace");
        command.arg("127.0.0.1:0");
        change(&mut command);
        Self::start(command, secrets)
    }

    fn start(mut command: Command, secrets: Arc<Secrets>) -> Self {
        command.stdin(Stdio::null());
        secrets.add_environment(&command);
        let process = Process::start("the program", command);
        let said = process.line(READY);
        let address = said.trim_start_matches('s').strip_prefix("://").and_then(|address| address.parse().ok());
        let address = address.unwrap_or_else(|| panic!("no address: {said:?}"));
        let _watch = Watch::over(address, Arc::clone(&secrets));
        Self { process: Some(process), address, secrets, _watch, _directory: None }
    }

    /// Has the directory stay for as long as it is served.
    pub(crate) fn keeping(mut self, directory: TempDir) -> Self {
        self._directory = Some(directory);
        self
    }

    /// Takes this for secret too: it comes to the program on a way that the testbed does not see, such as a
    /// client in another language.
    pub fn watch_for(&self, secret: &str) {
        self.secrets.add_token(secret.as_bytes());
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
        self.process.as_ref().map(Process::log).unwrap_or_default()
    }

    /// Waits until it has written this, anywhere.
    ///
    /// # Panics
    ///
    /// If it does not.
    pub fn wait_for(&self, text: &str) {
        self.running().wait_for(text);
    }

    /// The number of its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.running().id()
    }

    /// Asks it to read its config file again (SIGHUP), and does not wait until it has.
    pub fn hang_up(&self) {
        self.running().signal(Signal::HUP);
    }

    fn running(&self) -> &Process {
        self.process.as_ref().expect("it is running")
    }

    /// Asks it to end (SIGTERM), and waits until it has.
    ///
    /// # Panics
    ///
    /// If it does not end, or has written down something secret.
    #[must_use]
    pub fn stop(mut self) -> Ended {
        self.end(Signal::TERM).expect("it is running")
    }

    fn end(&mut self, signal: Signal) -> Option<Ended> {
        let ended = self.process.take()?.end(signal);
        self.secrets.assert_unseen("the program", &ended.output);
        Some(ended)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A test that fails has its reasons already.
        if !std::thread::panicking() {
            self.end(Signal::KILL);
        }
    }
}

/// Builds the binaries of the packages that these arguments select, and says where they are.
fn build(selected: &[&str]) -> Vec<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--bins", "--message-format=json-render-diagnostics"])
        .args(selected)
        .current_dir(repository())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo can be run");
    assert!(output.status.success(), "{selected:?} cannot be built");
    let messages = output.stdout.split(|byte| *byte == b'\n');
    let messages = messages.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).collect()
}

/// The one of this name.
fn built<'a>(executables: &'a [PathBuf], name: &str) -> &'a Path {
    let ours = executables.iter().find(|path| path.file_stem().is_some_and(|stem| stem == name));
    ours.expect("cargo says where it put it")
}
