//! The `portcullis` program: serves behind the layer, checks and explains config files, hashes passwords,
//! imports the configuration of other systems.

#![forbid(unsafe_code)]

mod arrival;
mod check;
mod cli;
mod explain;
mod failure;
mod hash_password;
mod import;
mod log;
mod serve;
mod whoami;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    let done = |()| ExitCode::SUCCESS;
    let result = match Cli::parse().command {
        Command::Serve(args) => serve::run(&args).map(done),
        Command::Check(args) => check::run(&args).map(done),
        Command::Explain(args) => explain::run(&args),
        Command::HashPassword(args) => hash_password::run(&args).map(done),
        Command::Import(system) => import::run(&system).map(done),
    };
    match result {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("{failure}");
            failure.exit_code()
        }
    }
}
