//! What a config file means, in plain words: for `portcullis check`.

use std::sync::PoisonError;

use portcullis_core::Scheme;

use super::Auth;
use crate::chain::{Absent, Consulted};
use crate::route::{Access, Routes};

impl Auth {
    /// What the file means, in plain words, one sentence a line: who is asked in which order, and
    /// what becomes of those who present nothing.
    #[must_use]
    pub fn describe(&self) -> String {
        self.sentences().join("\n")
    }

    /// What an administrator should know about: a users file that everybody can read, a role that nobody is bound to.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let members = &self.gate.verifier.chain.members;
        let of_members = members.iter().flat_map(|member| {
            member.backend.warnings().into_iter().map(|warning| format!("{}: {warning}", member.name))
        });
        let of_directories = self.gate.verifier.chain.directories().flat_map(|Consulted { name, directory }| {
            directory.warnings().into_iter().map(move |warning| format!("{name}: {warning}"))
        });
        let config = self.file.config.lock().unwrap_or_else(PoisonError::into_inner);
        let of_file = config.warnings().to_vec();
        of_members.chain(of_directories).chain(of_file).collect()
    }

    fn sentences(&self) -> Vec<String> {
        let chain = &self.gate.verifier.chain;
        let mut sentences = Vec::new();
        for (index, member) in chain.members.iter().enumerate() {
            let schemes: Vec<_> = member.backend.schemes().iter().map(spelled).collect();
            let number = index + 1;
            let (name, schemes, what) = (&member.name, schemes.join(", "), member.backend.describe());
            let groups = member.directory.as_ref().map(|consulted| format!("; groups from {}", consulted.name));
            sentences.push(format!("{number}. {name} ({schemes}): {what}{}", groups.unwrap_or_default()));
        }
        sentences.extend(chain.directories().map(|consulted| {
            let Consulted { name, directory } = consulted;
            format!("Directory {name}: {}", directory.describe())
        }));
        #[cfg(feature = "webhook")]
        sentences.extend(self.gate.hooks.describe());
        sentences.push(match &chain.absent {
            #[cfg(feature = "webhook")]
            Absent::DenyAll if !self.gate.hooks.is_empty() => {
                "Nobody else gets in: every other request is denied.".to_owned()
            }
            Absent::DenyAll => "Nobody gets in: every request is denied.".to_owned(),
            Absent::Challenge => "A request without a credential is refused.".to_owned(),
            Absent::Anonymous { principal, ignore_credentials } => {
                let who = match ignore_credentials {
                    true => "Every request, whatever credential it presents,",
                    false => "A request without a credential",
                };
                let groups: Vec<_> = principal.groups().collect();
                let groups = if groups.is_empty() { "no group".to_owned() } else { groups.join(", ") };
                format!("{who} gets in as {} (groups: {groups}).", principal.name())
            }
        });
        if !matches!(&chain.absent, Absent::DenyAll | Absent::Anonymous { ignore_credentials: true, .. }) {
            sentences.push("A request with a credential that nobody accepts is refused.".to_owned());
        }
        let rules = self.gate.rules.load();
        sentences.extend(routes(&rules.routes));
        for authorizer in rules.authorizers.describe() {
            sentences.push(format!("What callers may do is asked of {authorizer}."));
        }
        if !rules.authorizers.is_empty() && !rules.routes.iter().any(|route| route.access() == Access::Authorized) {
            sentences.push(
                "But no route asks it: only a service that does so itself keeps anybody from anything.".to_owned(),
            );
        }
        if let Some(cookie) = &self.gate.sources.cookie {
            sentences.push(format!("Where there is no Authorization field, the cookie {cookie} is read."));
        }
        if self.gate.sources.forward {
            sentences.push("The service behind is shown the credentials.".to_owned());
        }
        if self.gate.pass_preflights {
            sentences.push("CORS preflights without a credential are passed on, without a principal.".to_owned());
        }
        sentences
    }
}

fn routes(routes: &Routes) -> Vec<String> {
    if routes.is_empty() {
        return Vec::new();
    }
    let count = |access| routes.iter().filter(|route| route.access() == access).count();
    let [public, authenticated, authorized] = [Access::Public, Access::Authenticated, Access::Authorized].map(count);
    let unlisted = match routes.denies_unlisted() {
        true => "is denied",
        false => "takes whoever gets in",
    };
    vec![
        format!(
            "Routes: {} ({public} public, {authenticated} for whoever presents a credential, {authorized} that ask for an action).",
            routes.iter().len()
        ),
        format!("A request that no route is for {unlisted}."),
    ]
}

fn spelled(scheme: &Scheme) -> &str {
    if *scheme == Scheme::NONE { "no scheme" } else { scheme.as_str() }
}
