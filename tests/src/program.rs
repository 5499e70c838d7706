//! The `portcullis` program, built and running.

use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::Site;

/// How long a start, or a stop, may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What it says when it is ready.
const READY: &str = "listening on http";

/// A running `portcullis serve`. It is stopped when this is dropped.
pub struct Program {
    child: Child,
    address: SocketAddr,
    output: Arc<Mutex<Vec<u8>>>,
    readers: Vec<JoinHandle<()>>,
    _site: Option<Site>,
}

/// A program that has ended, with everything it wrote to stdout and stderr.
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote, the two streams as they came.
    pub output: Vec<u8>,
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
        command.env_remove("PORTCULLIS_LOG");
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
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program can be started");
        let output = Arc::new(Mutex::new(Vec::new()));
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (out, lines) = listen(stdout.expect("stdout is piped"), Arc::clone(&output));
        let (err, _) = listen(stderr.expect("stderr is piped"), Arc::clone(&output));
        let address = ready(&lines);
        let mut program =
            Self { child, address: SocketAddr::from(([0; 4], 0)), output, readers: vec![out, err], _site: None };
        match address {
            Some(address) => program.address = address,
            None => panic!("the program did not say that it listens:\n{}", program.log()),
        }
        program
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
        String::from_utf8_lossy(&self.output.lock().expect("no reader panicked")).into_owned()
    }

    /// Asks it to end (SIGTERM), and waits until it has.
    ///
    /// # Panics
    ///
    /// If it does not end.
    #[must_use]
    pub fn stop(mut self) -> Ended {
        self.signal();
        let status = self.wait().expect("the program ends when it is asked to");
        for reader in self.readers.drain(..) {
            reader.join().expect("no reader panicked");
        }
        Ended { status, output: std::mem::take(&mut *self.output.lock().expect("no reader panicked")) }
    }

    fn signal(&self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It may have ended already.
            let _ = kill_process(pid, Signal::TERM);
        }
    }

    fn wait(&mut self) -> Option<ExitStatus> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        None
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Nothing to be gained from its manners any more; the pid is ours until it is waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- the program wrote:\n{}---", self.log());
        }
    }
}

/// Collects a stream, and passes on its lines.
fn listen(stream: impl Read + Send + 'static, output: Arc<Mutex<Vec<u8>>>) -> (JoinHandle<()>, Receiver<String>) {
    let (sender, lines) = channel();
    let reader = std::thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        while stream.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            output.lock().expect("no reader panicked").extend(&line);
            let _ = sender.send(String::from_utf8_lossy(&line).into_owned());
            line.clear();
        }
    });
    (reader, lines)
}

/// The address in the line that says so.
fn ready(lines: &Receiver<String>) -> Option<SocketAddr> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let line = lines.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()?;
        if let Some(rest) = line.strip_prefix(READY) {
            return rest.trim_start_matches('s').strip_prefix("://")?.trim().parse().ok();
        }
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
