//! Armada's `config.yaml`, by itself or within the values of its Helm chart.

use std::path::Path;

use crate::failure::Failure;
use crate::import::draft::{Draft, Mark};
use crate::import::source::Source;
use crate::import::yaml::{Item, Node};

mod basic;
mod kerberos;
mod kubernetes;
mod openid;
mod permissions;

use self::kerberos::GroupNames;
use self::openid::OpenId;

/// Where `auth` may be: in the file itself, in the values of the chart, in the operator's manifest.
const PLACES: [&str; 3] = ["auth", "applicationConfig.auth", "spec.applicationConfig.auth"];

/// Where its keys were before there was an `auth`. None is the file itself.
const OLD_PLACES: [Option<&str>; 2] = [Some("applicationConfig"), None];

const KEYS: [&str; 8] = [
    "anonymousAuth",
    "basicAuth",
    "kubernetesAuth",
    "openIdAuth",
    "kerberos",
    "permissionGroupMapping",
    "permissionScopeMapping",
    "permissionClaimMapping",
];

/// What requests need before the service itself asks.
const ROUTES: &str = include_str!("armada/routes.toml");

/// In place of `authenticated`, where anonymous callers may ask too.
const CALL: &str = "action = { verb = \"call\", resource = \"armada\" }";
const CALLERS: &str = r#"[role.caller]
rules = [{ verbs = ["call"], resources = ["armada"] }]

[[binding]]
role = "caller"
subjects = ["everyone"]
"#;

/// What `auth` says, as a config file. With `users`, the hashes are for that file, and returned beside it.
pub(super) fn import(source: &Source, users: Option<&Path>) -> Result<(Draft, Option<String>), Failure> {
    let document = Node::parse(source)?;
    let root = document.root(source);
    let (auth, is_old) = find(&root, source)?;
    let mut draft = Draft::made_from("Armada's configuration", source.name());
    draft.comment("What ARMADA_… in the server's environment overrides is not known here.");
    if !is_old {
        not_understood(&auth.strangers(&KEYS)?, &mut draft);
    }

    let mut known = Backends::default();
    // In the order in which Armada asks them.
    let hashes = basic::write(&auth, is_old, users, &mut known, &mut draft)?;
    kubernetes::write(&auth, &mut known, &mut draft)?;
    openid::write(&auth, &mut known, &mut draft)?;
    kerberos::write(&auth, &mut known, &mut draft)?;
    anonymous(&auth, &mut known, &mut draft)?;
    if known.is_empty() {
        draft.blank();
        draft.comment("No method is left, so nobody gets in. (Armada would not start.)");
        draft.header("[[backend]]");
        draft.key("kind", "deny-all");
    }
    draft.blank();
    draft.comment("Errors look as Armada's clients expect them.");
    draft.header("[response]");
    draft.key("style", "armada");
    if !known.is_empty() {
        routes(&known, &mut draft);
    }
    permissions::write(&auth, &known, &mut draft)?;
    Ok((draft, hashes))
}

/// The backends that were written.
#[derive(Default)]
struct Backends {
    basic: bool,
    kubernetes: bool,
    openid: Option<OpenId>,
    kerberos: Option<GroupNames>,
    anonymous: bool,
}

impl Backends {
    fn is_empty(&self) -> bool {
        !(self.basic || self.kubernetes || self.openid.is_some() || self.kerberos.is_some() || self.anonymous)
    }
}

/// Where the keys are, and whether that is the place of old. An `auth` that says nothing counts too: an Armada that reads it
/// reads nothing else.
fn find<'a>(root: &Item<'a>, source: &Source) -> Result<(Item<'a>, bool), Failure> {
    for place in PLACES {
        if let Some(auth) = root.at_even_empty(place)? {
            auth.members()?;
            return Ok((auth, false));
        }
    }
    for place in OLD_PLACES {
        let Some(item) = place.map_or_else(|| Ok(Some(root.clone())), |place| root.at(place))? else { continue };
        for key in KEYS {
            if item.member(key)?.is_some() {
                return Ok((item, true));
            }
        }
    }
    Err(source
        .wrong("there is no `auth` in it, nor `applicationConfig.auth`; give the configuration of Armada's server"))
}

/// What is denied before the service is asked.
fn routes(known: &Backends, draft: &mut Draft) {
    draft.blank();
    draft.comment(
        "What stands in no route is denied: Armada's other services (`api.Jobs` and the like) need a route each, if yours has them. \
         What callers may do to jobs and queues, the service itself asks, for a queue has a say in it. One that does not ask lets \
         everybody do it who gets in.",
    );
    draft.blank();
    if known.anonymous {
        // `authenticated` lets nobody in who is anonymous, and `public` would do so even without the entry for it.
        for line in ROUTES.lines() {
            draft.verbatim(if line == "authenticated = true" { CALL } else { line });
        }
        draft.blank();
        draft.comment("Whoever gets in may ask, as `anonymousAuth` has it: without the entry `anonymous`, that takes a credential.");
        draft.verbatim(CALLERS);
    } else {
        draft.verbatim(ROUTES);
    }
}

fn anonymous(auth: &Item<'_>, known: &mut Backends, draft: &mut Draft) -> Result<(), Failure> {
    if auth.flag_of("anonymousAuth")? != Some(true) {
        return Ok(());
    }
    known.anonymous = true;
    draft.blank();
    draft.note(
        Mark::Insecure,
        "`anonymousAuth`: whoever can reach the server gets in as `anonymous`, without any credential, and may do what \
         `everyone` may. Remove this entry if that is not meant. A bad credential is refused, and never anonymous.",
    );
    draft.header("[[backend]]");
    draft.key("kind", "anonymous");
    Ok(())
}

fn not_understood(keys: &[String], draft: &mut Draft) {
    if !keys.is_empty() {
        draft.note(Mark::NotUnderstood, &format!("{}. What they change is not taken over.", keys.join(", ")));
    }
}

#[cfg(test)]
mod tests;
