//! The config file, read again while it is served.

use std::path::{Path, PathBuf};

use portcullis::config::Config;
use portcullis::rbac::Policy;
use portcullis::{Auth, ConfigError};
use tokio::task;

use super::signals::Hangups;

/// Takes the routes, roles and bindings of the file whenever somebody asks for it, for as long as it is polled.
/// Who asks while the file is being read, has it read once more.
pub(super) async fn on(mut hangups: Hangups, file: PathBuf, auth: Auth) {
    loop {
        hangups.next().await;
        let (file, auth) = (file.clone(), auth.clone());
        // It reads files, and compiles what may be much.
        let reading = task::spawn_blocking(move || report(&file, take(&file, &auth)));
        if let Err(error) = reading.await {
            tracing::error!("the config file was not taken, and nothing changes: {error}");
        }
    }
}

/// What there is now.
struct Taken {
    routes: usize,
    policy: String,
    warnings: Vec<String>,
}

fn take(file: &Path, auth: &Auth) -> Result<Taken, ConfigError> {
    let config = Config::from_path(file)?;
    let taken = Taken {
        routes: config.routes().iter().len(),
        policy: config.policy().map_or_else(|| "no policy".to_owned(), Policy::describe),
        warnings: config.warnings().to_vec(),
    };
    auth.reload(config)?;
    Ok(taken)
}

fn report(file: &Path, taken: Result<Taken, ConfigError>) {
    let file = file.display();
    match taken {
        Ok(Taken { routes, policy, warnings }) => {
            tracing::info!("{file} was read again; now there are {policy} and {routes} routes");
            for warning in warnings {
                tracing::warn!("{warning}");
            }
        }
        Err(error) => {
            for problem in error.problems() {
                tracing::error!("{problem}");
            }
            tracing::error!("{file} was not taken, and nothing changes: {} problems", error.problems().len());
        }
    }
}
