//! What the server was asked.

use std::net::TcpStream;

use super::Slapd;

impl Slapd {
    /// Each search that the server has got since it was started: base, scope and filter, as the server's own parser has read
    /// them, and has written them down again.
    #[must_use]
    pub fn searches(&self) -> Vec<String> {
        self.noted(" SRCH base=")
    }

    /// The distinguished name of each simple bind that the server has got since it was started, whether it succeeded or not.
    #[must_use]
    pub fn binds(&self) -> Vec<String> {
        let method = " method=128";
        self.noted(" BIND dn=")
            .iter()
            .filter_map(|bind| Some(bind.strip_suffix(method)?.trim_matches('"').to_owned()))
            .collect()
    }

    /// How many connections the server has got since it was started, but for those of the testbed that say nothing.
    #[must_use]
    pub fn connections(&self) -> usize {
        let log = self.complete_log();
        let spoke = |connection: &&str| {
            log.lines().any(|line| {
                let mut words = line.split(' ');
                words.any(|word| word == *connection) && words.any(|word| word.starts_with("op="))
            })
        };
        let accepted = log.lines().filter(|line| line.contains(" ACCEPT from "));
        accepted.filter_map(|line| line.split(' ').find(|word| word.starts_with("conn="))).filter(spoke).count()
    }

    /// What stands behind these words, in the lines that have them.
    fn noted(&self, words: &str) -> Vec<String> {
        self.complete_log().lines().filter_map(|line| Some(line.split_once(words)?.1.to_owned())).collect()
    }

    /// What it wrote until now. It notes an operation before it answers it, and what it notes comes in its order, but by way
    /// of a pipe: so a mark is made.
    fn complete_log(&self) -> String {
        let mark = TcpStream::connect(self.port.address()).and_then(|mark| mark.local_addr()).expect("it listens");
        self.running().wait_for(&format!(" ACCEPT from IP={mark} "));
        self.log()
    }
}
