//! A place from which nothing goes out unseen.

use std::cell::Cell;
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::installed::in_environment;
use crate::process::Process;
use crate::{Program, repository};

/// Says to a test that it runs there.
const VARIABLE: &str = "PORTCULLIS_TEST_NOWHERE";

/// What makes a namespace: as root, and as anybody else where that is allowed.
const WAYS: [&[&str]; 2] = [&["--net", "--mount"], &["--user", "--map-root-user", "--net", "--mount"]];

/// Makes the only way out, which ends at an interface that takes everything and answers nothing: without ARP, a packet
/// for anybody is sent at once. Nor is there a thing that IPv6 would have to say by itself. Arguments: a file instead of
/// `/etc/resolv.conf`, and what to run.
const MAKE: &str = r#"
ip link set lo up
ip link add name out type veth peer name far
for end in out far; do
    [ ! -e /proc/net/if_inet6 ] || ip link set "$end" addrgenmode none
    ip link set "$end" arp off
    ip link set "$end" up
done
ip address add 192.0.2.1/24 dev out
ip route add default dev out
mount --bind "$1" /etc/resolv.conf
shift
exec "$@"
"#;

/// Names are asked for on that way too.
const RESOLV_CONF: &str = "nameserver 192.0.2.53\noptions timeout:1 attempts:1\n";

/// How long something may take to be sent in the background.
const BACKGROUND: Duration = Duration::from_secs(1);

/// A network namespace of its own, with the loopback interface, and a way out that leads nowhere.
pub struct Nowhere {
    frames: Process,
    /// How many of the lines were looked at.
    seen: Cell<usize>,
}

impl Nowhere {
    /// Runs the rest of the test of this name there, with whatever it starts: in a process of its own, which runs this one
    /// test again. The program is built before.
    ///
    /// # Panics
    ///
    /// If the test fails, or no namespace can be made here.
    pub fn visit(name: &str, test: impl FnOnce(&Self)) {
        if std::env::var_os(VARIABLE).is_some() {
            test(&Self::listen());
            return;
        }
        let directory = tempfile::tempdir().expect("a directory");
        let resolv_conf = directory.path().join("resolv.conf");
        std::fs::write(&resolv_conf, RESOLV_CONF).expect("the file can be written");
        let mut command = Command::new("unshare");
        command.args(way()).args(["sh", "-euc", MAKE, "sh"]).arg(&resolv_conf);
        command.arg(std::env::current_exe().expect("it has a path")).args([name, "--exact", "--nocapture"]);
        command.env(VARIABLE, "").env("PORTCULLIS_PROGRAM", Program::path()).stdin(Stdio::null());
        let output = command.output().expect("unshare can be run");
        let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        // A name that is no test's would pass too.
        assert!(output.status.success() && said.contains(" 1 passed;"), "in a namespace of its own:\n{said}{errors}");
        print!("{said}");
    }

    fn listen() -> Self {
        let mut command = Command::new(in_environment("bin/python"));
        command.arg(repository().join("tests/python/frames.py")).arg("far").stdin(Stdio::null());
        let frames = Process::start("the listener", command);
        frames.line("listening");
        Self { frames, seen: Cell::new(1) }
    }

    /// What has been sent out since this was called before, or from the start: a line for each frame, with
    /// the addresses and the text that is in it.
    #[must_use]
    pub fn sent_out(&self) -> Vec<String> {
        std::thread::sleep(BACKGROUND);
        // What was sent before it, is shown before it.
        let mark = format!("mark-{}-", self.seen.get());
        let socket = UdpSocket::bind("192.0.2.1:0").expect("a socket");
        socket.send_to(mark.as_bytes(), "203.0.113.1:9").expect("it is sent");
        self.frames.wait_for(&mark);
        let log = self.frames.log();
        let frames = log.lines().skip(self.seen.get()).take_while(|line| !line.contains(&mark));
        let frames: Vec<_> = frames.map(str::to_owned).collect();
        self.seen.set(self.seen.get() + frames.len() + 1);
        frames
    }
}

/// The first that works.
fn way() -> &'static [&'static str] {
    let mut errors = String::new();
    for way in WAYS {
        let mut command = Command::new("unshare");
        let output = command.args(way).arg("true").stdin(Stdio::null()).output().expect("unshare can be run");
        if output.status.success() {
            return way;
        }
        errors += &String::from_utf8_lossy(&output.stderr);
    }
    panic!(
        "this test takes a network namespace of its own, which is not allowed here. Run it as root (in a container, with \
         CAP_SYS_ADMIN and CAP_NET_ADMIN), or allow user namespaces:\n{errors}"
    );
}
