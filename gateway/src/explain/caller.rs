//! Who asks.

use std::fmt;

use portcullis::Principal;
use portcullis::config::Config;

use super::answer::Answer;
use crate::cli::CallerArgs;
use crate::failure::Failure;

/// What names begin with that only Kubernetes vouches for.
const SYSTEM: &str = "system:";

/// Who asks, as the file has it.
#[derive(Debug)]
pub(super) enum Caller {
    /// Somebody, or an anonymous caller. With the groups that the backend may not vouch for.
    Known { principal: Principal, dropped: Vec<String> },
    /// Somebody without a credential, where the file lets nobody in without one.
    WithoutCredential,
    /// Somebody whom the backend may not vouch for.
    Impossible { backend: String, name: String },
}

impl Caller {
    pub(super) fn of(args: &CallerArgs, config: &Config) -> Result<Self, Failure> {
        let (Some(name), Some(user)) = (&args.backend, &args.user) else {
            let anonymous = config.backends().find_map(|backend| backend.anonymous());
            return Ok(match anonymous {
                Some(principal) => Self::Known { principal, dropped: Vec::new() },
                None => Self::WithoutCredential,
            });
        };
        let may_name_system = may_name_system(name, config);
        let may_name_system = may_name_system.ok_or_else(|| Failure::Usage(no_such_backend(name, config)))?;
        let may_name = |name: &str| may_name_system || !name.starts_with(SYSTEM);
        if !may_name(user) {
            return Ok(Self::Impossible { backend: name.clone(), name: user.clone() });
        }
        let (kept, dropped): (Vec<_>, Vec<_>) = args.group.iter().cloned().partition(|group| may_name(group));
        let mut builder = Principal::builder(user).backend(name.as_str()).groups(kept).scopes(&args.scope);
        for (index, (claim, value)) in args.claim.iter().enumerate() {
            if args.claim[..index].iter().any(|(before, _)| before == claim) {
                let problem = format!("the claim {claim} is given twice: several values are `{claim}=[\"a\",\"b\"]`");
                return Err(Failure::Usage(problem));
            }
            builder = builder.claim(claim.as_str(), value.clone());
        }
        Ok(Self::Known { principal: builder.build(), dropped })
    }

    /// What became of the groups.
    pub(super) fn notes(&self) -> Vec<String> {
        let Self::Known { principal, dropped } = self else { return Vec::new() };
        let backend = principal.backend();
        let note = |group: &String| {
            format!(
                "the group {group} is dropped: groups that begin with `system:` do not come from {backend}, but from the kind `kubernetes` alone"
            )
        };
        dropped.iter().map(note).collect()
    }

    /// The principal; or what becomes of somebody who is none, whatever is asked for.
    pub(super) fn principal(&self) -> Result<&Principal, Answer> {
        match self {
            Self::Known { principal, .. } => Ok(principal),
            Self::WithoutCredential => Err(Answer::not_allowed(
                "a request without a credential is refused, since the file has no backend of the kind `anonymous`",
            )),
            Self::Impossible { backend, .. } => Err(Answer::not_allowed(format!(
                "such a caller does not exist: names that begin with `system:` do not come from {backend}, but from \
                 the kind `kubernetes` alone"
            ))),
        }
    }
}

/// Whether callers and groups of the backend, or of the webhook, of this name may be called as Kubernetes' own; none if there is no
/// such one.
fn may_name_system(name: &str, config: &Config) -> Option<bool> {
    let backend = config.backends().filter(|backend| backend.verifies()).find(|backend| backend.name() == name);
    // Whose clients may stand in other files, which are not looked at here.
    let is_webhook = || config.webhooks().any(|webhook| webhook.name == name);
    backend.map(|backend| backend.may_name(SYSTEM)).or_else(|| is_webhook().then_some(false))
}

fn no_such_backend(name: &str, config: &Config) -> String {
    let backends = config.backends().filter(|backend| backend.verifies()).map(|backend| backend.name());
    let names: Vec<_> = backends.chain(config.webhooks().map(|webhook| webhook.name.as_str())).collect();
    let anonymous = config.backends().any(|backend| backend.anonymous().is_some());
    let remedy = match (names.is_empty(), anonymous) {
        (false, false) => format!("expected {}", names.join(", ")),
        (false, true) => format!("expected {}, or `--anonymous`", names.join(", ")),
        (true, true) => "expected `--anonymous`".to_owned(),
        (true, false) => "by this file, nobody gets in".to_owned(),
    };
    format!("no backend of the file that verifies credentials is called {name:?}; {remedy}")
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let principal = match self {
            Self::Known { principal, .. } => principal,
            Self::WithoutCredential => return f.write_str("somebody without a credential"),
            Self::Impossible { backend, name } => return write!(f, "{name} of {backend}"),
        };
        match principal.is_anonymous() {
            true => write!(f, "{}, without a credential", principal.name())?,
            false => write!(f, "{} of {}", principal.name(), principal.backend())?,
        }
        let claims = principal.claims().iter().map(|(name, value)| format!("{name}={value}"));
        let parts = [
            ("groups", principal.groups().map(ToOwned::to_owned).collect::<Vec<_>>()),
            ("scopes", principal.scopes().map(ToOwned::to_owned).collect()),
            ("claims", claims.collect()),
        ];
        let parts = parts.into_iter().filter(|(_, list)| !list.is_empty());
        let parts: Vec<_> = parts.map(|(what, list)| format!("{what}: {}", list.join(", "))).collect();
        if parts.is_empty() { Ok(()) } else { write!(f, " ({})", parts.join("; ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use clap::Parser as _;

    const TWO: &str =
        "[[backend]]\nkind = 'basic'\nusers_file = 'away'\n[[backend]]\nkind = 'anonymous'\ngroups = ['guests']\n";

    fn caller(file: &str, words: &str) -> Result<Caller, String> {
        let line = "portcullis explain --config c --path /".split(' ').chain(words.split(' '));
        let Command::Explain(args) = Cli::try_parse_from(line).unwrap().command else { panic!("it explains") };
        Caller::of(&args.caller, &Config::from_toml(file).unwrap()).map_err(|failure| failure.to_string())
    }

    fn shown(file: &str, words: &str) -> String {
        caller(file, words).unwrap().to_string()
    }

    #[test]
    fn a_caller_is_as_the_command_line_has_it() {
        assert_eq!(shown(TWO, "--backend basic --user alice"), "alice of basic");
        let all = "--backend basic --user alice --group ops --group dev --scope s --claim a=b --claim n=5";
        assert_eq!(shown(TWO, all), "alice of basic (groups: ops, dev; scopes: s; claims: a=\"b\", n=5)");
        assert!(caller(TWO, "--backend basic --user a --claim x=1 --claim x=2").unwrap_err().contains("twice"));
    }

    #[test]
    fn without_a_credential_a_caller_is_who_the_file_says_or_nobody() {
        assert_eq!(shown(TWO, "--anonymous"), "anonymous, without a credential (groups: guests)");
        assert_eq!(shown("", "--anonymous"), "somebody without a credential");
        assert!(caller("", "--anonymous").unwrap().principal().is_err());
    }

    #[test]
    fn whom_the_backend_may_not_vouch_for_does_not_exist() {
        let impossible = caller(TWO, "--backend basic --user system:admin").unwrap();
        assert!(impossible.principal().unwrap_err().to_string().contains("does not exist"));
        let dropped = caller(TWO, "--backend basic --user alice --group system:masters --group ops").unwrap();
        assert_eq!(dropped.to_string(), "alice of basic (groups: ops)");
        assert!(dropped.notes()[0].contains("system:masters"));
        let cluster = "[[backend]]\nkind = 'kubernetes'\n";
        let known = caller(cluster, "--backend kubernetes --user system:admin --group system:masters").unwrap();
        assert!(known.principal().is_ok() && known.notes().is_empty());
    }

    #[test]
    fn senders_of_webhooks_are_callers_too() {
        let file = format!("{TWO}[[webhook]]\npath = '/hook'\nname = 'hooks'\nclients_dir = 'clients'\n");
        assert_eq!(shown(&file, "--backend hooks --user github.com"), "github.com of hooks");
        assert!(caller(&file, "--backend hooks --user system:admin").unwrap().principal().is_err());
        assert!(
            caller(&file, "--backend corp --user a").unwrap_err().ends_with("expected basic, hooks, or `--anonymous`")
        );
    }

    #[test]
    fn an_unknown_backend_is_told_with_those_that_there_are() {
        for (file, backend, remedy) in [
            (TWO, "corp", "expected basic, or `--anonymous`"),
            (TWO, "anonymous", "expected basic, or `--anonymous`"),
            ("[[backend]]\nkind = 'basic'\nusers_file = 'away'\n", "corp", "expected basic"),
            ("[[backend]]\nkind = 'anonymous'\n", "anonymous", "expected `--anonymous`"),
            ("", "basic", "nobody gets in"),
        ] {
            let told = caller(file, &format!("--backend {backend} --user alice")).unwrap_err();
            assert!(told.ends_with(remedy), "{told}");
        }
    }
}
