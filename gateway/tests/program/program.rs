//! The program under test.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Longer than anything here takes, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often to look whether a program has ended.
const PAUSE: Duration = Duration::from_millis(10);

/// A config file with alice, whose password is `wonderland`, in the group ops.
pub(crate) const BASIC: &str = "[[backend]]\nkind = 'basic'\nusers_file = 'users'\ngroups = { ops = ['alice'] }\n";

/// `portcullis serve`. It is killed when this goes.
pub(crate) struct Program {
    child: Child,
    /// What it said on stdout.
    pub(crate) url: String,
    pub(crate) address: SocketAddr,
    directory: TempDir,
}

impl Program {
    /// Serves on a free port of the loopback interface, unless `extra` says where.
    pub(crate) fn serve(config: &str, extra: &[&str]) -> Self {
        Self::serve_by(command(), config, extra)
    }

    /// Serves after something that a shell does first.
    #[cfg(unix)]
    pub(crate) fn serve_after(first: &str, config: &str, extra: &[&str]) -> Self {
        let program = command();
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("{first} && exec \"$0\" \"$@\"")).arg(program.get_program());
        shell.env_remove("PORTCULLIS_LOG");
        Self::serve_by(shell, config, extra)
    }

    fn serve_by(mut command: Command, config: &str, extra: &[&str]) -> Self {
        let directory = directory(config);
        let stderr = File::create(directory.path().join("stderr")).unwrap();
        command.arg("serve").arg("--config").arg(directory.path().join("config.toml"));
        if !extra.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command.args(extra).current_dir(&directory);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let mut program = Self { child, url: String::new(), address: SocketAddr::from(([0; 4], 0)), directory };
        let Some(url) = line.strip_prefix("listening on ") else { panic!("{line:?}; {}", program.log()) };
        program.url = url.trim_end().to_owned();
        program.address = program.url.split_once("://").unwrap().1.parse().unwrap();
        program
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("stderr")).unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// How it ended, if it does in time. Meanwhile, clients can go on.
    pub(crate) async fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        let child = &mut self.child;
        let ended = async {
            loop {
                match child.try_wait().unwrap() {
                    Some(status) => return status,
                    None => tokio::time::sleep(PAUSE).await,
                }
            }
        };
        tokio::time::timeout(patience, ended).await.ok()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a command left.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command that ends by itself.
pub(crate) fn run(args: &[&str], stdin: &[u8]) -> Ended {
    let mut command = command();
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It need not read it.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() && start.elapsed() < PATIENCE {
        std::thread::sleep(PAUSE);
    }
    let status = child.try_wait().unwrap();
    let _ = child.kill();
    let mut ended = Ended { code: -1, stdout: String::new(), stderr: String::new() };
    child.stdout.take().unwrap().read_to_string(&mut ended.stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut ended.stderr).unwrap();
    child.wait().unwrap();
    let Some(status) = status else { panic!("{args:?} does not end: {}{}", ended.stdout, ended.stderr) };
    ended.code = status.code().unwrap();
    ended
}

/// A directory with `config.toml` and the users file of [`BASIC`].
pub(crate) fn directory(config: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "config.toml", config);
    write(directory.path(), "users", users());
    directory
}

pub(crate) fn write(directory: &Path, name: &str, text: &str) {
    fs::write(directory.join(name), text).unwrap();
}

/// The users file, made by the program itself.
fn users() -> &'static str {
    static USERS: OnceLock<String> = OnceLock::new();
    USERS.get_or_init(|| {
        let made = run(&["hash-password", "alice"], b"wonderland\n");
        assert_eq!(made.code, 0, "{}", made.stderr);
        made.stdout
    })
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.env_remove("PORTCULLIS_LOG");
    command
}
