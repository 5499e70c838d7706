//! What a config file means, in plain words: for `portcullis check`.

use portcullis_core::Scheme;

use super::Auth;
use crate::chain::Absent;

impl Auth {
    /// What the file means, in plain words, one sentence a line: who is asked in which order, and
    /// what becomes of those who present nothing.
    #[must_use]
    pub fn describe(&self) -> String {
        self.sentences().join("\n")
    }

    /// What an administrator should know about: a users file that everybody can read.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let members = &self.gate.verifier.chain.members;
        let warn = |(name, warning): (&str, String)| format!("{name}: {warning}");
        members
            .iter()
            .flat_map(|member| member.backend.warnings().into_iter().map(|warning| (&*member.name, warning)))
            .map(warn)
            .collect()
    }

    fn sentences(&self) -> Vec<String> {
        let chain = &self.gate.verifier.chain;
        let mut sentences = Vec::new();
        for (index, member) in chain.members.iter().enumerate() {
            let schemes: Vec<_> = member.backend.schemes().iter().map(spelled).collect();
            let number = index + 1;
            let (name, schemes, what) = (&member.name, schemes.join(", "), member.backend.describe());
            sentences.push(format!("{number}. {name} ({schemes}): {what}"));
        }
        sentences.push(match &chain.absent {
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
        for authorizer in chain.authorizers() {
            sentences.push(format!("What callers may do is asked of {}.", authorizer.describe()));
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

fn spelled(scheme: &Scheme) -> &str {
    if *scheme == Scheme::NONE { "no scheme" } else { scheme.as_str() }
}
