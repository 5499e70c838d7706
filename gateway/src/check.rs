//! `portcullis check`

use std::fmt::Write as _;
use std::io::{self, Write as _};

use portcullis::Auth;
use portcullis::config::Config;
use tokio::runtime;

use crate::cli::CheckArgs;
use crate::failure::Failure;
use crate::serve::plan::Plan;

/// Says what the file means.
pub(crate) fn run(args: &CheckArgs) -> Result<(), Failure> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Runtime(format!("cannot start: {error}")))?;
    let config = Config::from_path(&args.config)?;
    let serve = config.serve().clone();
    let auth = runtime.block_on(Auth::builder().load_config(config))?;

    let mut report = format!("{}\n", auth.describe());
    let plan = Plan::new(&serve, None, None).and_then(|plan| plan.tls().map(|_| plan));
    if let Ok(plan) = &plan {
        // Writing to a string cannot fail.
        let _ = writeln!(report, "`portcullis serve` listens on {plan}.");
    }
    for warning in auth.warnings() {
        let _ = writeln!(report, "warning: {warning}");
    }
    io::stdout()
        .write_all(report.as_bytes())
        .map_err(|error| Failure::Runtime(format!("cannot write to stdout: {error}")))?;
    plan.map(|_| ())
}
