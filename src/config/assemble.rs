//! From the file to the chain.

use std::sync::Arc;

use portcullis_core::{Backend, Clock};

use super::Config;
use super::entry::{Configured, Entry};
use super::error::ConfigError;
use super::kinds::Kinds;
use crate::chain::{Absent, Chain, Member};

impl Config {
    /// Builds the backends, one after the other.
    ///
    /// # Errors
    ///
    /// What is wrong with any of them.
    pub(crate) async fn assemble(&self, kinds: &Kinds, clock: &Clock) -> Result<Chain, ConfigError> {
        let mut members = Vec::new();
        let mut absent = if self.backends.is_empty() { Absent::DenyAll } else { Absent::Challenge };
        let mut problems = Vec::new();
        for entry in &self.backends {
            let section = &entry.section;
            match &entry.backend {
                Configured::DenyAll => absent = Absent::DenyAll,
                Configured::Anonymous(anonymous) => {
                    let ignore_credentials = anonymous.ignore_credentials;
                    absent = Absent::Anonymous { principal: anonymous.principal(section), ignore_credentials };
                }
                _ => match build(entry, kinds, clock).await {
                    Ok(backend) => members.push(Member { name: section.shared_name(), system: false, backend }),
                    Err(error) => problems.extend(error.into_problems()),
                },
            }
        }
        ConfigError::unless_none(problems)?;
        Ok(Chain { members, absent })
    }
}

/// Builds the backend of an entry that verifies credentials.
async fn build(entry: &Entry, kinds: &Kinds, clock: &Clock) -> Result<Arc<dyn Backend>, ConfigError> {
    let section = &entry.section;
    match &entry.backend {
        #[cfg(feature = "basic")]
        Configured::Basic(config) => {
            let basic = portcullis_basic::Basic::new(config.clone(), section.directory());
            Ok(Arc::new(basic.map_err(|invalid| section.invalid(invalid))?))
        }
        _ => kinds.build(&section.with_clock(clock))?.await,
    }
}
