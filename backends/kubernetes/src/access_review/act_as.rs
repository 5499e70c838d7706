//! Callers of other backends, and who they are to the cluster.

use portcullis_core::{Invalid, Principal};

use super::config::ActAs;
use super::service_account;

const ANONYMOUS: &str = "system:anonymous";
const AUTHENTICATED: &str = "system:authenticated";
const UNAUTHENTICATED: &str = "system:unauthenticated";

/// The `act_as` of a section, in its order.
pub(super) struct Accounts(Vec<(Callers, Account)>);

/// Some callers of another backend.
struct Callers {
    backend: String,
    user: Option<String>,
    group: Option<String>,
}

/// A user of the cluster, with all the groups that the cluster would know of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) user: String,
    pub(super) groups: Vec<String>,
}

impl Accounts {
    /// Those of the section of the entry with the name `own`.
    ///
    /// # Errors
    ///
    /// An entry that cannot mean what it says. The key's path starts at `act_as`.
    pub(super) fn new(config: &[ActAs], own: &str) -> Result<Self, Invalid> {
        let mut accounts: Vec<(Callers, Account)> = Vec::with_capacity(config.len());
        for (index, entry) in config.iter().enumerate() {
            let key = format!("act_as[{index}]");
            check_callers(entry, &key, own)?;
            let account = Account::new(entry, &key)?;
            let ActAs { backend, user, group, .. } = entry.clone();
            let callers = Callers { backend, user, group };
            if let Some(first) = accounts.iter().position(|(before, _)| before.covers(&callers)) {
                let problem = format!("act_as[{first}] takes all of its callers before");
                return Err(Invalid::new(key, problem).expected("the narrower entry first"));
            }
            accounts.push((callers, account));
        }
        Ok(Self(accounts))
    }

    /// Who `principal` is to the cluster.
    pub(super) fn account(&self, principal: &Principal) -> Option<&Account> {
        self.0.iter().find(|(callers, _)| callers.include(principal)).map(|(_, account)| account)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Callers {
    fn include(&self, principal: &Principal) -> bool {
        principal.backend() == self.backend
            && self.user.as_ref().is_none_or(|user| principal.name() == user)
            && self.group.as_ref().is_none_or(|group| principal.in_group(group))
    }

    /// Whether everybody whom `other` includes is included here.
    fn covers(&self, other: &Self) -> bool {
        self.backend == other.backend
            && (self.user.is_none() || self.user == other.user)
            && (self.group.is_none() || self.group == other.group)
    }
}

impl Account {
    /// With the groups that everybody of its sort is in, as kube-apiserver adds them for one who
    /// [impersonates](https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/).
    fn new(entry: &ActAs, key: &str) -> Result<Self, Invalid> {
        let (user, mut groups) = (entry.account.clone(), entry.as_groups.clone());
        check_name(&user, &format!("{key}.as"), "the name of a user of the cluster")?;
        for (index, group) in groups.iter().enumerate() {
            check_name(group, &format!("{key}.as_groups[{index}]"), "the name of a group of the cluster")?;
        }
        if let Some(name) = user.strip_prefix(service_account::PREFIX) {
            let of_all = service_account::groups(name).ok_or_else(|| {
                let expected = "`system:serviceaccount:NAMESPACE:NAME`";
                Invalid::new(format!("{key}.as"), "this is no service account").expected(expected)
            })?;
            groups.extend(of_all);
        }
        groups.push(if user == ANONYMOUS { UNAUTHENTICATED } else { AUTHENTICATED }.to_owned());
        let mut seen = std::collections::HashSet::new();
        groups.retain(|group| seen.insert(group.clone()));
        Ok(Self { user, groups })
    }
}

fn check_callers(entry: &ActAs, key: &str, own: &str) -> Result<(), Invalid> {
    let of = |name: &str| format!("{key}.{name}");
    check_name(&entry.backend, &of("backend"), "the name of another backend")?;
    if entry.backend == own {
        let problem = "the cluster is asked about this backend's own callers as themselves";
        return Err(Invalid::new(of("backend"), problem).expected("the name of another backend"));
    }
    for (name, value) in [("user", &entry.user), ("group", &entry.group)] {
        value.as_ref().map_or(Ok(()), |value| check_name(value, &of(name), "a name"))?;
    }
    match (entry.everyone, entry.user.is_some() || entry.group.is_some()) {
        (false, false) => {
            Err(Invalid::new(key, "it does not say which callers").expected("`user`, `group` or `everyone = true`"))
        }
        (true, true) => {
            Err(Invalid::new(of("everyone"), "not everyone is meant").expected("either this, or `user` and `group`"))
        }
        _ => Ok(()),
    }
}

fn check_name(name: &str, key: &str, expected: &str) -> Result<(), Invalid> {
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(Invalid::new(key, "wrong value").expected(format!("{expected}, without control characters")));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
