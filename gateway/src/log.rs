//! Logs, on stderr.

use std::io::{self, IsTerminal as _};
use std::{env, fmt};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::failure::Failure;

/// What is logged: `info`, or directives of `tracing-subscriber`.
const VARIABLE: &str = "PORTCULLIS_LOG";

/// Logs to stderr from now on.
pub(crate) fn init() -> Result<(), Failure> {
    let problem = |error: &dyn fmt::Display| Failure::Usage(format!("the environment variable {VARIABLE}: {error}"));
    let directives = match env::var(VARIABLE) {
        Ok(directives) => directives,
        Err(env::VarError::NotPresent) => String::new(),
        Err(error) => return Err(problem(&error)),
    };
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .parse(directives)
        .map_err(|error| problem(&error))?;
    let colours = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(colours).init();
    Ok(())
}
