//! What `portcullis import` makes of the configuration of Airflow, Armada and Argo: `check` passes it, or says what is missing
//! as the file itself does; and who got in before gets in.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

use portcullis_testbed::{Program, Site, repository};

#[path = "import/airflow.rs"]
mod airflow;
#[path = "import/argo.rs"]
mod argo;
#[path = "import/armada.rs"]
mod armada;

/// What became of a command.
struct Done {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// Runs `portcullis import` in the site's directory, and makes its config file of what it prints.
fn import(site: &Site, arguments: &[&str]) -> Done {
    let mut command = Command::new(Program::path());
    command.arg("import").args(arguments).current_dir(site.directory()).stdin(Stdio::null());
    let done = Done::from(command.output().unwrap());
    if done.code == Some(0) {
        site.write("portcullis.toml", &done.stdout);
    }
    done
}

/// What `check` says of the site.
fn checked(site: &Site) -> Done {
    site.check().into()
}

/// # Panics
///
/// If `check` does not pass the site.
fn assert_passes(site: &Site) {
    let done = checked(site);
    let config = std::fs::read_to_string(site.config()).unwrap();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{config}");
}

/// What a config file says of routes, without its comments.
fn routes(config: &str) -> Vec<String> {
    let sections = config.split("\n\n").map(|section| section.lines().filter(|line| !line.starts_with('#')));
    let sections = sections.map(|lines| lines.collect::<Vec<_>>().join("\n").trim().to_owned());
    sections.filter(|section| section.starts_with("[[route]]")).collect()
}

/// A file of an example.
fn of_example(name: &str) -> String {
    std::fs::read_to_string(repository().join("examples").join(name)).unwrap()
}

/// Runs those lines of the file's comments that begin like this, as an administrator would paste them, in the site's directory.
fn follow(site: &Site, config: &str, begins: &str) {
    let lines: Vec<&str> = config.lines().filter_map(|line| line.strip_prefix("#     ")).collect();
    let script: Vec<&str> = lines.into_iter().filter(|line| line.starts_with(begins)).collect();
    assert!(!script.is_empty(), "no line begins with {begins}: {config}");
    run(site.directory(), &script.join("\n"));
}

fn run(directory: &Path, script: &str) {
    let path = format!("{}:{}", Program::path().parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-euc", script]).env("PATH", path).current_dir(directory).stdin(Stdio::null());
    let done = Done::from(command.output().unwrap());
    assert_eq!(done.code, Some(0), "{script}: {}", done.stderr);
}

#[test]
fn what_is_not_there_or_not_what_it_should_be_is_told_and_prints_nothing() {
    let site = Site::new("");
    site.write("broken.yaml", "auth:\n  kerberos: { ldap: { password: *hunter2hunter2 } }\n");
    site.write("broken.cfg", "[api]\nauth_backend = a\nhunter2hunter2\n");
    for (arguments, said) in [
        (&["airflow", "away.cfg"][..], "away.cfg: No such file"),
        (&["airflow", "."], ".: Is a directory"),
        (&["airflow", "broken.cfg"], "broken.cfg:3:1: "),
        (&["armada", "broken.yaml"], "broken.yaml:2:33: "),
        (&["argo", "--auth-mode", "sso"], "error: `--auth-mode sso` needs the file"),
        (&["argo", "--auth-mode", "hybrid"], "error: invalid value 'hybrid'"),
        (&["jenkins", "x"], "error: unrecognized subcommand"),
    ] {
        let done = import(&site, arguments);
        assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(done.stderr.starts_with(said) && !done.stderr.contains("hunter2"), "{arguments:?}: {}", done.stderr);
    }
}

#[test]
fn the_file_may_come_through_a_pipe() {
    let site = Site::new("");
    site.write("config.yaml", "auth: { anonymousAuth: true }\n");
    for way in ["portcullis import armada - < config.yaml", "cat config.yaml | portcullis import armada /dev/stdin"] {
        run(site.directory(), &format!("{way} > portcullis.toml"));
        assert_passes(&site);
    }
}
