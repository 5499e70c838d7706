//! A document whose commands are tried.
//!
//! These are the rules, for whoever writes the document:
//!
//! * A fenced block `sh` is run, in the order of the document, in a temporary directory that has a
//!   copy of `examples/`. A command that fails is an error.
//! * The block after it, if it is `text` or `json`, is what it shows: each line of it must be in a
//!   line of its own that the commands write to stdout or stderr, in this order. `…` stands for
//!   anything within a line; the beginning, the end, and whole lines may be left out.
//! * `cargo run … -- ARGUMENTS` and `portcullis ARGUMENTS` run the program. With `serve --config
//!   FILE` (and nothing else behind it but perhaps `&`) it stays in the background, until the next
//!   `serve`, on a port of its own; for the others, and in what is shown, that is `127.0.0.1:8080`.
//!   It shows what it wrote until it was ready.
//! * What other tests do is not done again: lines that begin with `git clone`, `cd`, `cargo build`,
//!   `cargo install`, `cargo add`, `cargo test`, `tests/run`. So are comments.
//! * A fenced block `toml` is a config file, and must pass `portcullis check` beside a
//!   `users.htpasswd`, a `groups`, a `server.crt` and a `server.key`; or else it is of a
//!   `Cargo.toml`, and begins with `[dependencies]` or `portcullis = `.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Program, Site};

/// Where the program listens, in the document.
const DOCUMENTED: &str = "127.0.0.1:8080";

/// Lines that are tried elsewhere, by running the tests at all.
const ELSEWHERE: &[&str] =
    &["git clone", "cd ", "cargo build", "cargo install", "cargo add", "cargo test", "tests/run"];

/// How a piece of a `Cargo.toml` begins.
const CARGO: &[&str] = &["[dependencies]", "portcullis = "];

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What stands behind the fence, up to a blank.
    pub language: String,
    /// The number of its first line.
    pub line: usize,
    /// What is between the fences.
    pub text: String,
}

impl Block {
    /// Those of a document.
    #[must_use]
    pub fn all(document: &str) -> Vec<Self> {
        let mut blocks = Vec::new();
        let mut open: Option<Self> = None;
        for (number, line) in document.lines().enumerate() {
            match (line.trim_start().strip_prefix("```"), open.take()) {
                (Some(_), Some(block)) => blocks.push(block),
                (Some(info), None) => {
                    let language = info.split_whitespace().next().unwrap_or_default().to_owned();
                    open = Some(Self { language, line: number + 2, text: String::new() });
                }
                (None, Some(block)) => open = Some(Self { text: block.text + line + "\n", ..block }),
                (None, None) => {}
            }
        }
        blocks
    }

    /// Whether this is what the block before it shows.
    #[must_use]
    pub fn is_output(&self) -> bool {
        ["text", "json"].contains(&self.language.as_str())
    }
}

/// The commands of a document, as they are run.
pub struct Transcript {
    site: Site,
    program: Option<Program>,
}

impl Transcript {
    /// Begins in a new directory, with a copy of the folder `examples`.
    ///
    /// # Panics
    ///
    /// If it cannot be copied.
    #[must_use]
    pub fn begin(examples: &Path) -> Self {
        let site = Site::new("");
        let copied = Command::new("cp").arg("-R").arg(examples).arg(site.path("examples")).status();
        assert!(copied.is_ok_and(|status| status.success()), "examples/ can be copied");
        let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate can be made");
        site.write("server.crt", &pair.cert.pem());
        site.write("server.key", &pair.signing_key.serialize_pem());
        Self { site, program: None }
    }

    /// Runs a block of commands, and returns what they wrote.
    ///
    /// # Errors
    ///
    /// The command that failed, with what it wrote.
    pub fn run(&mut self, block: &Block) -> Result<String, String> {
        let mut output = String::new();
        let mut script = String::new();
        for line in block.text.replace("\\\n", " ").lines() {
            let line = self.command(line);
            if line.starts_with('#') || ELSEWHERE.iter().any(|start| line.starts_with(start)) {
                continue;
            }
            match line.strip_prefix("portcullis serve ") {
                Some(arguments) => {
                    output += &self.shell(&std::mem::take(&mut script))?;
                    output += &self.serve(arguments)?;
                }
                None => script += &format!("{line}\n"),
            }
        }
        output += &self.shell(&script)?;
        Ok(output)
    }

    /// Checks a config file.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check(&self, block: &Block) -> Result<(), String> {
        if CARGO.iter().any(|start| block.text.starts_with(start)) {
            return Ok(());
        }
        let name = format!("line-{}.toml", block.line);
        self.site.write(&name, &block.text);
        self.shell(&format!("portcullis check {name}")).map(|_| ())
    }

    /// The line as it is run here.
    fn command(&self, line: &str) -> String {
        let line = match line.split_once(" -- ") {
            Some((cargo, arguments)) if cargo.starts_with("cargo run") => format!("portcullis {arguments}"),
            _ => line.to_owned(),
        };
        match &self.program {
            Some(program) => line.replace(DOCUMENTED, &program.address().to_string()),
            None => line,
        }
    }

    fn serve(&mut self, arguments: &str) -> Result<String, String> {
        let words: Vec<&str> = arguments.trim_end_matches('&').split_whitespace().collect();
        let ["--config", config] = words[..] else {
            return Err(format!("`serve {arguments}`: only `serve --config FILE` can be tried"));
        };
        let program = Program::serve_with(Path::new(config), |command| {
            command.current_dir(self.site.directory());
        });
        let shown = program.log().replace(&program.address().to_string(), DOCUMENTED);
        self.program = Some(program);
        Ok(shown)
    }

    fn shell(&self, script: &str) -> Result<String, String> {
        if script.trim().is_empty() {
            return Ok(String::new());
        }
        let directory = Program::path().parent().unwrap_or(Path::new("."));
        let path = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap_or_default());
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &format!("exec 2>&1\n{script}")])
            .current_dir(self.site.directory())
            .env("PATH", path)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("bash cannot be run: {error}"))?;
        let mut shown = String::from_utf8_lossy(&output.stdout).into_owned();
        if let Some(program) = &self.program {
            shown = shown.replace(&program.address().to_string(), DOCUMENTED);
        }
        if output.status.success() { Ok(shown) } else { Err(format!("{script}{shown}{}", output.status)) }
    }
}

/// Whether `output` shows what the document says.
///
/// # Errors
///
/// The first line that is not there.
pub fn shows(output: &str, documented: &str) -> Result<(), String> {
    let mut lines = output.lines();
    for pattern in documented.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "…") {
        if !lines.any(|line| is_like(line.trim(), pattern)) {
            return Err(format!("no line is, after those before: {pattern}\nthe output:\n{output}"));
        }
    }
    Ok(())
}

/// Whether the parts of `pattern` are in `line`, in their order.
fn is_like(line: &str, pattern: &str) -> bool {
    let behind = |rest: Option<usize>, part: &str| rest.and_then(|at| Some(at + line[at..].find(part)? + part.len()));
    pattern.split('…').fold(Some(0), behind).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_with_their_language_and_line() {
        let document = "# Title\n```sh\na\nb\n```\ntext\n\n  ```toml cargo\nc\n  ```\n```\nd\n```\n";
        let block = |language: &str, line, text: &str| Block { language: language.into(), line, text: text.into() };
        let expected = [block("sh", 3, "a\nb\n"), block("toml", 9, "c\n"), block("", 12, "d\n")];
        assert_eq!(Block::all(document), expected);
    }

    #[test]
    fn an_ellipsis_stands_for_anything() {
        for pattern in ["abc", "b", "a…", "…c", "a…c", "ab…bc", "…"] {
            assert!(is_like("abcabc", pattern), "{pattern}");
        }
        for pattern in ["ac", "c…b…b", "abc…abc…a", "…x…"] {
            assert!(!is_like("abcabc", pattern), "{pattern}");
        }
    }

    #[test]
    fn lines_must_come_in_their_order() {
        assert_eq!(shows("one\n\ntwo\nthree\n", "one\n…\nthree\n"), Ok(()));
        assert!(shows("one\ntwo\n", "two\none\n").is_err());
        assert!(shows("one\n", "one\none\n").is_err());
    }
}
