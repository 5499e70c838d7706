//! The `portcullis` program: serves behind the layer, checks config files, hashes passwords.

#![forbid(unsafe_code)]

mod arrival;
mod check;
mod cli;
mod failure;
mod hash_password;
mod log;
mod serve;
mod whoami;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Serve(args) => serve::run(&args),
        Command::Check(args) => check::run(&args),
        Command::HashPassword(args) => hash_password::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            failure.exit_code()
        }
    }
}
