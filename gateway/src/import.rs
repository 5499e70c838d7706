//! `portcullis import`: the configuration of another system, as a config file.

use std::io::{self, Write as _};

use portcullis::config::Config;

use crate::cli::ImportCommand;
use crate::failure::Failure;

mod airflow;
mod argo;
mod armada;
mod claim;
mod draft;
mod issuer;
mod nobody;
mod source;
mod users_file;
mod yaml;

use self::draft::Draft;
use self::source::Source;
use self::users_file::UsersFile;

/// Prints the config file, and on stderr what is still to be done.
pub(crate) fn run(command: &ImportCommand) -> Result<(), Failure> {
    let mut users = None;
    let draft = match command {
        ImportCommand::Airflow(args) => airflow::import(&Source::read(&args.file)?, args.airflow_version)?,
        ImportCommand::Armada(args) => {
            let (draft, hashes) = armada::import(&Source::read(&args.file)?, args.users_file.as_deref())?;
            users = args.users_file.as_deref().zip(hashes);
            draft
        }
        ImportCommand::Argo(args) => {
            let configmap = args.configmap.as_deref().map(Source::read).transpose()?;
            argo::import(args, configmap)?
        }
    };
    // Before anything is printed: a file that is there already is an error, and then there is nothing to print.
    let users = users.map(|(path, hashes)| UsersFile::create(path, &hashes)).transpose()?;
    let mut stdout = io::stdout();
    stdout
        .write_all(draft.text().as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(|error| Failure::Runtime(format!("cannot write to stdout: {error}")))?;
    if let Some(users) = users {
        users.keep();
    }
    for note in notes(&draft) {
        // If nobody reads it, the file says so too.
        let _ = writeln!(io::stderr(), "note: {note}");
    }
    Ok(())
}

/// What whoever asked for the file should know before it is used.
fn notes(draft: &Draft) -> Vec<String> {
    let mut notes = Vec::new();
    // What shows of the text alone: which backends this program has. Whether the files are there is asked by `check`.
    if let Err(error) = Config::from_toml(draft.text()) {
        notes.extend(error.problems().map(|problem| format!("`portcullis check` will say: {problem}")));
    }
    if draft.has_hashes() {
        let who = "keep it to those who run the service (`chmod 600`), or import with `--users-file`";
        notes.push(format!("the output has hashes of passwords, which can be guessed at: {who}"));
    }
    match draft.to_do() {
        0 => {}
        1 => notes.push("one thing is left to be done: look for TO DO in the file".to_owned()),
        many => notes.push(format!("{many} things are left to be done: look for TO DO in the file")),
    }
    notes
}

#[cfg(test)]
mod tests;
