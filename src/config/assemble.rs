//! From the file to the chain.

use std::collections::HashMap;
use std::sync::Arc;

use portcullis_core::{Backend, Clock, Invalid};

use super::Config;
use super::entry::{Configured, Entry};
use super::error::{ConfigError, Problem};
use super::kinds::Kinds;
use super::known_directories::KnownDirectories;
use super::section::Section;
use crate::chain::{Absent, Chain, Member};

impl Config {
    /// Builds the backends, one after the other.
    ///
    /// # Errors
    ///
    /// What is wrong with any of them.
    pub(crate) async fn assemble(
        &self,
        kinds: &Kinds,
        brought: &KnownDirectories,
        clock: &Clock,
    ) -> Result<Chain, ConfigError> {
        let mut members = Vec::new();
        let mut absent = if self.backends.is_empty() { Absent::DenyAll } else { Absent::Challenge };
        let mut problems = Vec::new();
        #[cfg_attr(not(feature = "ldap"), expect(unused_mut, reason = "the file has none"))]
        let mut directories = brought.clone();
        #[cfg(feature = "ldap")]
        self.directories.add_to(&mut directories, clock, &mut problems);
        let mut claims = Claims::default();
        let metadata_url = self.resource.as_ref().map(|resource| resource.identifier.metadata_url());
        for entry in &self.backends {
            let section = &entry.section;
            let directory = directories.of(entry).unwrap_or_else(|problem| {
                problems.push(problem);
                None
            });
            match &entry.backend {
                Configured::DenyAll => absent = Absent::DenyAll,
                Configured::Anonymous(anonymous) => {
                    let ignore_credentials = anonymous.ignore_credentials;
                    absent = Absent::Anonymous { principal: anonymous.principal(section), ignore_credentials };
                }
                _ => match build(entry, kinds, &directories, clock).await {
                    Ok(backend) => {
                        problems.extend(claims.of(section, &*backend));
                        let may_name_system = entry.backend.may_name_system();
                        let metadata_url = metadata_url.as_deref();
                        let member = Member::new(section.shared_name(), may_name_system, backend, metadata_url);
                        members.push(Member { directory, ..member });
                    }
                    Err(error) => problems.extend(error.into_problems()),
                },
            }
        }
        ConfigError::unless_none(problems)?;
        Ok(Chain { members, absent, metadata_url })
    }
}

/// What some backend claims for itself alone, and which one.
#[derive(Default)]
struct Claims(HashMap<String, Arc<str>>);

impl Claims {
    /// What the backend of this entry claims although another one does.
    fn of(&mut self, section: &Section, backend: &dyn Backend) -> Vec<Problem> {
        let clash = |claim: String| {
            let before = self.0.insert(claim.clone(), section.shared_name())?;
            let invalid = Invalid::new("", format!("{claim}: the backend {before} claims the same"));
            Some(section.problem(&invalid.expected("one backend alone that does")))
        };
        backend.sole_claims().into_iter().filter_map(clash).collect()
    }
}

/// Builds the backend of an entry that verifies credentials.
async fn build(
    entry: &Entry,
    kinds: &Kinds,
    #[cfg_attr(not(feature = "ldap"), expect(unused_variables, reason = "none verifies passwords"))]
    directories: &KnownDirectories,
    clock: &Clock,
) -> Result<Arc<dyn Backend>, ConfigError> {
    let section = &entry.section;
    match &entry.backend {
        #[cfg(feature = "basic")]
        Configured::Basic(config) => {
            let basic = portcullis_basic::Basic::new(config.clone(), section.directory());
            Ok(Arc::new(basic.map_err(|invalid| section.invalid(invalid))?))
        }
        #[cfg(feature = "kerberos")]
        Configured::Kerberos(config) => {
            let (config, section, clock) = ((**config).clone(), section.clone(), clock.clone());
            // libkrb5 reads files.
            let building = tokio::task::spawn_blocking(move || {
                let kerberos = portcullis_kerberos::Kerberos::new(config, section.name(), section.directory(), clock);
                kerberos.map_err(|invalid| section.invalid(invalid))
            });
            match building.await {
                Ok(kerberos) => Ok(Arc::new(kerberos?)),
                Err(broken) => std::panic::resume_unwind(broken.into_panic()),
            }
        }
        #[cfg(feature = "kubernetes")]
        Configured::Kubernetes(config) => {
            let (name, directory) = (section.name(), section.directory());
            let kubernetes = portcullis_kubernetes::Kubernetes::new((**config).clone(), name, directory, clock.clone());
            Ok(Arc::new(kubernetes.map_err(|invalid| section.invalid(invalid))?))
        }
        #[cfg(feature = "ldap")]
        Configured::Ldap(config) => {
            let ldap = portcullis_ldap::Ldap::new(config.clone(), directories.ldap(entry)?);
            Ok(Arc::new(ldap.map_err(|invalid| section.invalid(invalid))?))
        }
        #[cfg(feature = "oidc")]
        Configured::Oidc(config) => {
            let (name, directory) = (section.name(), section.directory());
            let oidc = portcullis_oidc::Oidc::new((**config).clone(), name, directory, clock.clone());
            Ok(Arc::new(oidc.map_err(|invalid| section.invalid(invalid))?))
        }
        _ => kinds.build(&section.with_clock(clock))?.await,
    }
}
