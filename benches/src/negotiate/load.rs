//! Requests over a few connections that stay open.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Requests in the form in which they go over the wire, each with a token of its own.
pub struct Load(Vec<String>);

impl Load {
    /// A GET of `/` for each of these tokens.
    #[must_use]
    pub fn new(tokens: &[Vec<u8>]) -> Self {
        let request = |token: &Vec<u8>| {
            let token = STANDARD.encode(token);
            format!("GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Negotiate {token}\r\n\r\n")
        };
        Self(tokens.iter().map(request).collect())
    }

    /// Sends all of them over so many connections, in each the next when the last one is answered, and
    /// says how long that took.
    ///
    /// # Panics
    ///
    /// If an answer is not 200.
    #[must_use]
    pub fn send(&self, server: SocketAddr, connections: usize) -> Duration {
        let mut open: Vec<Connection> = (0..connections).map(|_| Connection::open(server)).collect();
        let next = AtomicUsize::new(0);
        let began = Instant::now();
        std::thread::scope(|scope| {
            for connection in &mut open {
                scope.spawn(|| {
                    while let Some(request) = self.0.get(next.fetch_add(1, Ordering::Relaxed)) {
                        connection.ask(request);
                    }
                });
            }
        });
        began.elapsed()
    }
}

struct Connection {
    server: SocketAddr,
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    fn open(server: SocketAddr) -> Self {
        Self { server, stream: connected(server), answer: vec![0; 16 * 1024] }
    }

    fn ask(&mut self, request: &str) {
        // A server may close what is idle, and Apache does when it is busy. It has not read the token then.
        let answer = loop {
            match self.try_ask(request) {
                Some(length) => break &self.answer[..length],
                None => self.stream = connected(self.server),
            }
        };
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(answer));
    }

    /// The length of the answer. `None` if the connection was closed before there was one.
    fn try_ask(&mut self, request: &str) -> Option<usize> {
        self.stream.write_all(request.as_bytes()).ok()?;
        let mut length = 0;
        while !is_whole(&self.answer[..length]) {
            length += match self.stream.read(&mut self.answer[length..]) {
                Ok(0) | Err(_) if length == 0 => return None,
                Ok(0) => panic!("cut short: {}", String::from_utf8_lossy(&self.answer[..length])),
                read => read.expect("the server goes on"),
            };
        }
        Some(length)
    }
}

fn connected(server: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(server).expect("the server listens");
    stream.set_nodelay(true).expect("an option");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("an option");
    stream
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.and_then(|length| length.trim().parse().ok()).expect("a length");
    answer.len() >= end + 4 + length
}

/// The processor's time of all processes of this name that descend from the one that started this one.
///
/// # Panics
///
/// Where there is no `/proc`.
#[must_use]
pub fn cpu_seconds(name: &str) -> f64 {
    let processes: Vec<Process> =
        std::fs::read_dir("/proc").expect("Linux").filter_map(|entry| Process::read(&entry.ok()?.path())).collect();
    let parent_of = |id: u32| processes.iter().find(|process| process.id == id).map(|process| process.parent);
    let root = std::os::unix::process::parent_id();
    let is_ours = |process: &&Process| {
        process.name == name && std::iter::successors(Some(process.id), |id| parent_of(*id)).any(|id| id == root)
    };
    processes.iter().filter(is_ours).map(|process| process.cpu).sum()
}

struct Process {
    id: u32,
    parent: u32,
    name: String,
    cpu: f64,
}

impl Process {
    /// From `stat`, as proc(5) describes it.
    fn read(path: &Path) -> Option<Self> {
        /// `sysconf(_SC_CLK_TCK)` of every Linux.
        const TICKS: f64 = 100.0;
        let stat = std::fs::read_to_string(path.join("stat")).ok()?;
        let (id, rest) = stat.split_once(" (")?;
        let (name, rest) = rest.rsplit_once(") ")?;
        let fields: Vec<&str> = rest.split(' ').collect();
        let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
        let cpu = (ticks(11)? + ticks(12)?) / TICKS;
        Some(Self { id: id.parse().ok()?, parent: fields.get(1)?.parse().ok()?, name: name.to_owned(), cpu })
    }
}
