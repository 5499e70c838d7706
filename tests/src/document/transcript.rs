//! The commands of a document, run.

use std::path::Path;
use std::process::{Command, Stdio};

use super::Block;
use crate::{Pod, Program, Site, watch};

/// Lines that are tried elsewhere, by running the tests at all.
const ELSEWHERE: &[&str] =
    &["git clone", "cd ", "cargo build", "cargo install", "cargo add", "cargo test", "tests/run"];

/// How a piece of a `Cargo.toml` begins.
const CARGO: &[&str] = &["[dependencies]", "portcullis = ", "k8s-openapi = "];

/// What a config file has for which a cluster is to be around the program.
const IN_POD: &str = "kind = \"kubernetes\"";

/// Where the program listens, if nothing else is said.
const PROGRAM_ADDRESS: &str = "127.0.0.1:8080";

/// The examples, and where they listen if nothing else is said.
const EXAMPLES: &[(&str, &str)] = &[
    ("example-airflow", PROGRAM_ADDRESS),
    ("example-armada", "127.0.0.1:50051"),
    ("example-axum", "127.0.0.1:3000"),
    ("example-tonic", "127.0.0.1:50051"),
];

/// The commands of a document, as they are run.
pub struct Transcript {
    site: Site,
    servers: Vec<Server>,
}

/// What is in the background.
struct Server {
    /// Where it listens, in the document.
    documented: String,
    program: Program,
}

/// What the servers of the examples must not write down.
const SECRET_EXAMPLES: &[&str] = &["quickstart.htpasswd", "airflow/users.htpasswd", "axum/night-watch.key"];

/// A line of a block.
enum Line<'a> {
    /// One that is tried elsewhere.
    Skipped,
    /// The program, with this config file.
    Serve(&'a str),
    /// An example: its name, the address that is documented, and its config file, if that is another one than its own.
    Example(&'a str, &'a str, Option<&'a str>),
    /// For the shell.
    Shell(String),
}

impl Transcript {
    /// Begins in a new directory, with a copy of the folder `examples`.
    ///
    /// # Panics
    ///
    /// If it cannot be copied.
    #[must_use]
    pub fn begin(examples: &Path) -> Self {
        let site = Site::new(Site::BASIC);
        let copied = Command::new("cp").arg("-R").arg(examples).arg(site.path("examples")).status();
        assert!(copied.is_ok_and(|status| status.success()), "examples/ can be copied");
        let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate can be made");
        site.write("server.crt", &pair.cert.pem());
        site.write("server.key", &pair.signing_key.serialize_pem());
        site.write("introspection-secret", "not so secret");
        site.write("reader.password", "not so secret either");
        site.write("corp-ca.pem", &pair.cert.pem());
        // Its key is nobody's.
        let keytab = std::fs::write(site.path("http.keytab"), include_bytes!("http.keytab"));
        keytab.expect("the keytab can be written");
        for name in ["blue", "green"] {
            site.write(&format!("{name}.kubeconfig"), &kubeconfig(name));
        }
        for name in SECRET_EXAMPLES {
            let text = std::fs::read_to_string(examples.join(name)).expect("the example is there");
            site.secrets().add_file(name, &text);
        }
        Self { site, servers: Vec::new() }
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
            let (documented, program) = match Line::read(line)? {
                Line::Skipped => continue,
                Line::Shell(line) => {
                    script += &format!("{line}\n");
                    continue;
                }
                Line::Serve(config) => {
                    output += &self.shell(&std::mem::take(&mut script))?;
                    (PROGRAM_ADDRESS, self.serve(config))
                }
                Line::Example(name, address, config) => {
                    output += &self.shell(&std::mem::take(&mut script))?;
                    (address, self.example(name, config))
                }
            };
            let server = Server { documented: documented.to_owned(), program };
            output += &server.document(&server.program.log());
            self.servers.retain(|other| other.documented != server.documented);
            self.servers.push(server);
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
        let pod = block.text.contains(IN_POD).then(Pod::imagined);
        let shown = self.shell_in(pod.as_ref(), &format!("portcullis check {name}"))?;
        self.site.assert_unseen(shown.as_bytes());
        Ok(())
    }

    fn serve(&self, config: &str) -> Program {
        Program::serve_with(Path::new(config), self.site.secrets(), |command| {
            command.current_dir(self.site.directory());
        })
    }

    fn example(&self, name: &str, config: Option<&str>) -> Program {
        Program::example(name, self.site.secrets(), |command| {
            command.args(config.map(|config| self.site.path(config)));
        })
    }

    fn shell(&self, script: &str) -> Result<String, String> {
        self.shell_in(None, script)
    }

    fn shell_in(&self, pod: Option<&Pod>, script: &str) -> Result<String, String> {
        if script.trim().is_empty() {
            return Ok(String::new());
        }
        let script = self.servers.iter().fold(script.to_owned(), |script, server| server.run_here(&script));
        watch::curl(&words(&script).iter().map(String::as_str).collect::<Vec<_>>());
        let directory = Program::path().parent().unwrap_or(Path::new("."));
        let path = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap_or_default());
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", &format!("exec 2>&1\n{script}")]);
        bash.current_dir(self.site.directory()).env("PATH", path);
        if let Some(pod) = pod {
            pod.enter(&mut bash);
        }
        let output = bash.stdin(Stdio::null()).output().map_err(|error| format!("bash cannot be run: {error}"))?;
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        let shown = self.servers.iter().fold(shown, |shown, server| server.document(&shown));
        if output.status.success() { Ok(shown) } else { Err(format!("{script}{shown}{}", output.status)) }
    }
}

/// One of a cluster that is nowhere.
fn kubeconfig(name: &str) -> String {
    format!(
        "apiVersion: v1
kind: Config
current-context: {name}
contexts: [{{ name: {name}, context: {{ cluster: {name}, user: {name} }} }}]
clusters: [{{ name: {name}, cluster: {{ server: 'https://{name}.example.test' }} }}]
users:
- name: {name}
  user:
    token: nobody-takes-this-token-of-{name}
"
    )
}

/// The words of a script, without their quotes.
fn words(script: &str) -> Vec<String> {
    let (mut words, mut quote) = (vec![String::new()], None);
    for character in script.chars() {
        match (character, quote) {
            ('\'' | '"', None) => quote = Some(character),
            (_, Some(open)) if open == character => quote = None,
            (_, None) if character.is_whitespace() => words.push(String::new()),
            _ => words.last_mut().expect("the first is there").push(character),
        }
    }
    words
}

impl Server {
    /// Commands of the document, as they are run.
    fn run_here(&self, script: &str) -> String {
        script.replace(&self.documented, &self.program.address().to_string())
    }

    /// What was written, as the document has it.
    fn document(&self, shown: &str) -> String {
        shown.replace(&self.program.address().to_string(), &self.documented)
    }
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Result<Self, String> {
        if line.starts_with('#') || ELSEWHERE.iter().any(|start| line.starts_with(start)) {
            return Ok(Self::Skipped);
        }
        let words: Vec<&str> = line.trim_end_matches(['&', ' ']).split_whitespace().collect();
        if let ["cargo", "run", "-p", name, rest @ ..] = &words[..]
            && let Some((name, usual)) = EXAMPLES.iter().find(|(example, _)| example == name)
        {
            return match rest {
                [] => Ok(Self::Example(name, usual, None)),
                ["--", address] => Ok(Self::Example(name, address, None)),
                ["--", address, config] if config.ends_with(".toml") => Ok(Self::Example(name, address, Some(config))),
                _ => Err(format!("`{line}`: an example takes an address, a config file, and nothing else")),
            };
        }
        let arguments = if line.starts_with("cargo run") {
            Some(line.split_once(" -- ").ok_or_else(|| format!("`{line}`: what does it run?"))?.1)
        } else {
            line.strip_prefix("portcullis ")
        };
        let Some(arguments) = arguments else { return Ok(Self::Shell(line.to_owned())) };
        let words: Vec<&str> = arguments.trim_end_matches(['&', ' ']).split_whitespace().collect();
        match words[..] {
            ["serve", "--config", config] => Ok(Self::Serve(config)),
            ["serve", ..] => Err(format!("`{line}`: only `serve --config FILE` can be tried")),
            _ => Ok(Self::Shell(format!("portcullis {arguments}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_curl_gets_from_a_script_is_known() {
        let script = "printf '\\0' | curl -u 'carol:open sesame' \"http://127.0.0.1:1/\"\ncurl -H 'A: B c' x";
        let expected = ["printf", "\\0", "|", "curl", "-u", "carol:open sesame", "http://127.0.0.1:1/"];
        assert_eq!(words(script), [&expected[..], &["curl", "-H", "A: B c", "x"]].concat());
    }
}
