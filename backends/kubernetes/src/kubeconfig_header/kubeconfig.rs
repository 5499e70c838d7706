//! The bearer token of a kubeconfig's current context.

use super::document::{Document, occurs_twice};
use super::{Refused, Refused::*};

/// What proves who a user is, and is no token: the names of `AuthInfo` in client-go's `tools/clientcmd/api/v1`.
const OTHER_PROOFS: [(&str, Refused); 9] = [
    ("username", Password),
    ("password", Password),
    ("client-certificate", ClientCertificate),
    ("client-certificate-data", ClientCertificate),
    ("client-key", ClientCertificate),
    ("client-key-data", ClientCertificate),
    ("exec", Exec),
    ("auth-provider", AuthProvider),
    ("tokenFile", TokenFile),
];

/// `current-context`, its context's `user`, and that user's `token`. What other contexts and users say does not matter.
pub(super) fn bearer_token<'d>(config: &'d Document<'_>) -> Result<&'d str, Refused> {
    let is = |name, value| config.text(name).map(|own| own.is_none_or(|own| own == value));
    if !is("kind", "Config")? || !is("apiVersion", "v1")? {
        return Err(OtherKind);
    }
    let current = config.text("current-context")?.ok_or(NoCurrentContext)?;
    let context = named(config, "contexts", current, DuplicateContext)?.ok_or(NoSuchContext)?;
    let user = context.member("context")?.ok_or(NoUser)?.text("user")?.ok_or(NoUser)?;
    let user = named(config, "users", user, DuplicateUser)?.ok_or(NoSuchUser)?;
    let user = user.member("user")?.ok_or(NoToken)?;
    for (name, refused) in OTHER_PROOFS {
        if user.member(name)?.is_some() {
            return Err(refused);
        }
    }
    user.text("token")?.ok_or(NoToken)
}

/// The entry of this name in one of the lists of `{ name: … }`.
fn named<'d, 't>(
    config: &'d Document<'t>,
    list: &str,
    name: &str,
    duplicate: Refused,
) -> Result<Option<&'d Document<'t>>, Refused> {
    let entries = match config.member(list)? {
        None => return Ok(None),
        Some(Document::List(entries)) => entries,
        Some(_) => return Err(Malformed),
    };
    let names = entries.iter().map(|entry| entry.text("name")?.ok_or(Malformed)).collect::<Result<Vec<_>, _>>()?;
    if occurs_twice(names.iter()) {
        return Err(duplicate);
    }
    Ok(names.iter().position(|own| *own == name).map(|at| &entries[at]))
}
