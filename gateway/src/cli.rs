//! The command line, and its manual.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

mod explain;
mod import;

pub(crate) use self::explain::{AskedArgs, CallerArgs, ExplainArgs};
pub(crate) use self::import::{AirflowVersion, AuthMode, ImportArgoArgs, ImportCommand};

/// Tells who is calling.
///
/// Portcullis verifies the credential of each request as a config file says, and lets those pass
/// whom it knows.
#[derive(Parser)]
#[command(
    name = "portcullis",
    version,
    after_help = "Exit codes: 0 done; 1 something was in the way, or is not allowed; 2 a wrong config file or command line."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Serve(ServeArgs),
    Check(CheckArgs),
    Explain(Box<ExplainArgs>),
    HashPassword(HashPasswordArgs),
    #[command(subcommand)]
    Import(ImportCommand),
}

/// Serve behind the backends of a config file.
///
/// Whoever is let in is told who they are: every path and method answers 200 with the principal as
/// JSON, and so does the gRPC method portcullis.whoami.v1.WhoAmI/Get. The one exception is CONNECT,
/// which is answered 501: a 200 would promise a tunnel. On a public route nobody need say who they
/// are; then it is null. Everybody else is answered as
/// any service behind Portcullis would answer them. This is for trying a config file out, and for
/// finding out what a client presents.
///
/// HTTP/1.1, HTTP/2 and gRPC share one port. Health checks (Check and Watch of
/// grpc.health.v1.Health) need no credential; server reflection does.
///
/// There are at most 10,000 connections at a time, or 64 fewer than the limit of open files if that
/// is less; its soft limit is raised as far as the hard one allows. Further ones wait. There are at
/// most 100 Watch streams. One client has a quarter of either: an IPv4 address, or an IPv6 network of
/// 64 bits, without exception, so a proxy in front of this program too. A connection is closed when
/// the client neither asks nor reads anything for 60 seconds.
///
/// When it is ready, one line on stdout says where: "listening on http://127.0.0.1:8080". Logs go
/// to stderr.
///
/// SIGHUP has it read the config file again, and what that includes. Routes, roles and bindings change
/// at once: a request meets the old ones or the new ones, never some of both, and nobody is verified anew.
/// If anything else in the file has changed, or anything in it is wrong, nothing changes, and the log says
/// what it is. Everything else takes a restart.
///
/// SIGTERM and SIGINT end it: it accepts no more connections, finishes the requests that it has
/// begun, for 30 seconds at most, and exits with 0. A second signal ends it at once.
#[derive(Args)]
#[command(after_long_help = "\
Environment:
  PORTCULLIS_LOG  What is logged: error, warn, info (the default), debug, trace, or directives such
                  as \"warn,portcullis=debug\".
  NO_COLOR        If it is set and not empty, logs on a terminal have no colours.")]
pub(crate) struct ServeArgs {
    /// The config file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,

    /// The IP address and port to listen on; port 0 takes a free one.
    ///
    /// Default: what the file says in `[serve] listen`, and 127.0.0.1:8080 if it says nothing.
    ///
    /// Beyond the loopback interface, credentials in plain text could be read by others. So this
    /// needs TLS there, or `plain_text = true` under `[serve]` in the file, for where something in
    /// front of this program speaks TLS.
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,

    /// Speak TLS with this certificate chain: a PEM file, the server's own certificate first.
    ///
    /// Default: what the file says in `[serve.tls]`, and plain text if it says nothing.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// The private key of the certificate: a PEM file.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
}

/// Say in plain words what a config file means.
///
/// Prints who gets in, in the order in which the backends are asked, what is asked of callers by routes
/// and roles, what an administrator should know about (roles that nobody is bound to, routes that no
/// request takes, includes that find no file), and where `serve` would listen; or, on stderr, everything that is wrong with the
/// file, one line each: FILE:LINE:COLUMN, the key, the problem, and what was expected. The files
/// that the config file names are read too. Nothing is served.
#[derive(Args)]
pub(crate) struct CheckArgs {
    /// The config file.
    #[arg(value_name = "FILE")]
    pub(crate) config: PathBuf,
}

/// Make a line of a users file from a password
///
/// Asks for the password on the terminal, twice and without showing it. If stdin is no terminal,
/// its first line is the password. There is no way to give it as an argument, where other users of
/// the machine could read it.
///
/// The hash is Argon2id, with a salt of its own:
///
///     portcullis hash-password alice >> users.htpasswd
///     chmod 600 users.htpasswd
///
/// A password is at most 1,024 bytes long and has no control characters.
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct HashPasswordArgs {
    /// The user's name. Without it, the hash alone is printed.
    ///
    /// A name has no colon and no control characters, and does not begin with `#`.
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn certificate_and_key_need_each_other() {
        let parse = |extra: &[&str]| {
            let line = ["portcullis", "serve", "--config", "c"].iter().chain(extra).copied();
            Cli::try_parse_from(line).is_ok()
        };
        assert!(parse(&[]));
        assert!(parse(&["--tls-cert", "c", "--tls-key", "k"]));
        assert!(!parse(&["--tls-cert", "c"]));
        assert!(!parse(&["--tls-key", "k"]));
    }

    #[test]
    fn a_password_cannot_be_an_argument() {
        assert!(Cli::try_parse_from(["portcullis", "hash-password", "alice", "wonderland"]).is_err());
    }
}
