//! `portcullis explain`

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use portcullis::config::Config;

use crate::cli::ExplainArgs;
use crate::failure::Failure;

mod action;
mod answer;
mod caller;
mod request;

use self::answer::Answer;
use self::caller::Caller;

/// Says whether a caller may do something, and why. The exit code is 0 if it may.
pub(crate) fn run(args: &ExplainArgs) -> Result<ExitCode, Failure> {
    let config = Config::from_path(&args.config)?;
    let caller = Caller::of(&args.caller, &config)?;
    // Writing to a string cannot fail.
    let mut report = String::new();
    let _ = writeln!(report, "caller: {caller}");
    for note in caller.notes() {
        let _ = writeln!(report, "note: {note}");
    }
    let answer = match &args.asked.path {
        Some(path) => request::explain(&args.asked, path, &config, &caller, &mut report)?,
        None => action::explain(&args.asked, &config, &caller, &mut report)?,
    };
    let _ = writeln!(report, "{answer}");
    io::stdout()
        .write_all(report.as_bytes())
        .map_err(|error| Failure::Runtime(format!("cannot write to stdout: {error}")))?;
    Ok(match answer {
        Answer::Allowed(_) => ExitCode::SUCCESS,
        Answer::NotAllowed(_) => ExitCode::from(1),
    })
}
