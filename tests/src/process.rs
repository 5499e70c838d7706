//! A child process, and what it writes.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

/// How long a start, or a stop, may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A process that is killed when this is dropped.
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    output: Arc<Mutex<Vec<u8>>>,
    readers: Vec<JoinHandle<()>>,
    lines: Mutex<Receiver<String>>,
}

/// A process that has ended, with everything it wrote to stdout and stderr.
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote, the two streams as they came.
    pub output: Vec<u8>,
}

impl Process {
    /// Starts it. `name` is for those who read why a test failed.
    pub(crate) fn start(name: &'static str, mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        let output = Arc::new(Mutex::new(Vec::new()));
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (out, lines) = listen(stdout.expect("stdout is piped"), Arc::clone(&output));
        let (err, _) = listen(stderr.expect("stderr is piped"), Arc::clone(&output));
        Self { name, child, output, readers: vec![out, err], lines: Mutex::new(lines) }
    }

    /// Waits for a line on stdout that begins so, and returns the rest of it.
    ///
    /// # Panics
    ///
    /// If none comes.
    pub(crate) fn line(&self, start: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let lines = self.lines.lock().expect("nobody panicked");
        while let Ok(line) = lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            if let Some(rest) = line.strip_prefix(start) {
                return rest.trim().to_owned();
            }
        }
        panic!("{} did not say {start:?}:\n{}", self.name, self.log());
    }

    /// Waits until it has written this, anywhere.
    ///
    /// # Panics
    ///
    /// If it does not.
    pub(crate) fn wait_for(&self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.log().contains(text) {
            assert!(Instant::now() < deadline, "{} did not write {text:?}", self.name);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Writes a line to its stdin, which must be piped.
    ///
    /// # Panics
    ///
    /// If it does not read it.
    pub(crate) fn say(&self, line: &str) {
        let mut stdin = self.child.stdin.as_ref().expect("stdin is piped");
        writeln!(stdin, "{line}").unwrap_or_else(|error| panic!("{} does not listen: {error}", self.name));
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&self.output.lock().expect("no reader panicked")).into_owned()
    }

    /// Whether it has not ended yet.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends it this signal.
    pub(crate) fn signal(&self, signal: Signal) {
        // It may have ended already; the pid is ours until it is waited for.
        let _ = kill_process(self.pid(), signal);
    }

    /// Has it hang (SIGSTOP), until [`resume`](Self::resume).
    ///
    /// # Panics
    ///
    /// If it does not stop.
    pub(crate) fn pause(&self) {
        self.signal(Signal::STOP);
        let deadline = Instant::now() + PATIENCE;
        // Its threads stop one by one, some time after the signal was sent; the kernel reports it once none of them runs.
        let options = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        loop {
            match waitid(WaitId::Pid(self.pid()), options).expect("it is a child that nobody has waited for") {
                Some(status) if status.stopped() => return,
                Some(_) => panic!("{} has ended:\n{}", self.name, self.log()),
                None => assert!(Instant::now() < deadline, "{} does not stop", self.name),
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Has it go on, after [`pause`](Self::pause).
    pub(crate) fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Sends it this signal, and waits until it has ended.
    ///
    /// # Panics
    ///
    /// If it does not end.
    pub(crate) fn end(mut self, signal: Signal) -> Ended {
        self.signal(signal);
        let status = self.wait().unwrap_or_else(|| panic!("{} does not end when it is asked to", self.name));
        for reader in self.readers.drain(..) {
            reader.join().expect("no reader panicked");
        }
        Ended { status, output: std::mem::take(&mut *self.output.lock().expect("no reader panicked")) }
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

impl Drop for Process {
    fn drop(&mut self) {
        // Nothing to be gained from its manners any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- {} wrote:\n{}---", self.name, self.log());
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
