//! Why the program ends otherwise than well.

use std::fmt;
use std::process::ExitCode;

use portcullis::ConfigError;

/// Displayed on stderr, as the program's last words.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The config file is wrong: exit code 2. Its lines begin with `FILE:LINE:COLUMN`, as editors
    /// like them.
    Config(ConfigError),
    /// A file of another system is wrong: exit code 2. Its line begins like those of a config file.
    Input(String),
    /// What was asked for cannot be done: exit code 2.
    Usage(String),
    /// It could be done, but something was in the way: exit code 1.
    Runtime(String),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) | Self::Input(_) | Self::Usage(_) => ExitCode::from(2),
            Self::Runtime(_) => ExitCode::from(1),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Input(problem) => f.write_str(problem),
            Self::Usage(problem) | Self::Runtime(problem) => write!(f, "error: {problem}"),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}
