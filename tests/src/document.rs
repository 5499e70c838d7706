//! A document whose commands are tried.
//!
//! These are the rules, for whoever writes a document (every Markdown file that git knows is one):
//!
//! * A fenced block `sh` is run, in the order of the document, in a temporary directory that has a
//!   copy of `examples/`, and the `portcullis.toml`, `users.htpasswd` and `groups` of
//!   [`Site::BASIC`](crate::Site::BASIC). A command that fails is an error.
//! * The block after it, if it is `text` or `json`, is what it shows: each line of it must be in a
//!   line of its own that the commands write to stdout or stderr, in this order. `…` stands for
//!   anything within a line; the beginning, the end, and whole lines may be left out.
//! * `cargo run … -- ARGUMENTS` and `portcullis ARGUMENTS` run the program. With `serve --config
//!   FILE` (and nothing else behind it but perhaps `&`) it stays in the background. So does an
//!   example: `cargo run -p example-airflow`, `example-armada`, `example-axum` or `example-tonic`, with `-- ADDRESS` or without, and behind the
//!   address a config file where the example takes one.
//! * A server in the background listens on a port of its own. For the commands after it, and in
//!   what is shown, that is its ADDRESS, or else the usual one: `127.0.0.1:8080` for the program
//!   and the Airflow example, `127.0.0.1:3000` for the axum one, `127.0.0.1:50051` for the tonic one and the Armada example. It shows what it
//!   wrote until it was ready, and ends when another one is started for the same address.
//! * What other tests do is not done again: lines that begin with `git clone`, `cd`, `cargo build`,
//!   `cargo install`, `cargo add`, `cargo test`, `tests/run`. So are comments.
//! * A fenced block `toml` is a config file, and must pass `portcullis check` in that directory,
//!   which has a `server.crt`, a `server.key` and an `introspection-secret` too; or else it is of a `Cargo.toml`, and begins
//!   with `[dependencies]`, `portcullis = ` or `k8s-openapi = `. One with `kind = "kubernetes"` is checked in a
//!   [`Pod`](crate::Pod), and has a `blue.kubeconfig` and a `green.kubeconfig` beside it.
//! * A fenced block `yaml` is a manifest, and stands in one of the [`MANIFESTS`]: `tests/kubernetes_pod.rs` gives it to a
//!   cluster, and runs the program as the account that it makes.
//! * A fenced block `rust`, or `rust,no_run`, is compiled with the documentation of the crate that
//!   lies beside it.
//! * No block is in another language, such as `console`: nobody would try it.

mod transcript;

pub use transcript::Transcript;

/// The documents with manifests for a cluster. `tests/kubernetes_pod.rs` applies all of theirs.
pub const MANIFESTS: &[&str] = &["backends/kubernetes/README.md"];

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
        let document =
            "# Title\n```sh\na\nb\n```\ntext\n\n  ```toml cargo\nc\n  ```\n```\nd\n```\n```rust,no_run\n```\n";
        let block = |language: &str, line, text: &str| Block { language: language.into(), line, text: text.into() };
        let expected =
            [block("sh", 3, "a\nb\n"), block("toml", 9, "c\n"), block("", 12, "d\n"), block("rust,no_run", 15, "")];
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
