//! What has to be true of an established context before its client is somebody.

use std::collections::BTreeSet;

use crate::config::ChannelBinding;
use crate::failure::Failure;
use crate::gss::Complete;
use crate::name_mapping::NameMapping;
use crate::principal_name::PrincipalName;

/// What the file wants of a client.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) realms: BTreeSet<String>,
    pub(crate) mapping: NameMapping,
    pub(crate) suffix: String,
    pub(crate) binding: ChannelBinding,
}

impl Expected {
    /// The name of whoever the context is with.
    pub(crate) fn name_of(&self, complete: &Complete) -> Result<String, Failure> {
        if !complete.is_krb5 {
            return Err(Failure::OtherMechanism);
        }
        if self.binding == ChannelBinding::Require && !complete.is_channel_bound {
            return Err(Failure::NoBindings);
        }
        let client = PrincipalName::parse(complete.client.clone());
        let client = client.ok_or(Failure::Unnamed("the principal has no name, or no realm"))?;
        if client.text().chars().any(char::is_control) {
            return Err(Failure::Unnamed("the principal has control characters"));
        }
        if complete.is_anonymous || client.is_anonymous() {
            return Err(Failure::Anonymous);
        }
        if !self.realms.contains(client.realm()) {
            return Err(Failure::OtherRealm(client.realm().to_owned()));
        }
        let name = self.mapping.name_of(&client, complete.local.clone()).map_err(Failure::Unnamed)?;
        Ok(name + &self.suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        Expected {
            realms: BTreeSet::from(["R".to_owned()]),
            mapping: NameMapping::StripRealm,
            suffix: "@corp".to_owned(),
            binding: ChannelBinding::Allow,
        }
    }

    fn complete() -> Complete {
        Complete {
            client: "alice@R".to_owned(),
            local: None,
            is_krb5: true,
            is_anonymous: false,
            is_channel_bound: false,
            lifetime: None,
            token: Vec::new(),
        }
    }

    #[test]
    fn a_client_of_an_accepted_realm_has_its_name_and_the_suffix() {
        assert_eq!(expected().name_of(&complete()).unwrap(), "alice@corp");
    }

    #[test]
    fn whoever_is_not_told_beyond_doubt_is_refused() {
        let refused = |change: &dyn Fn(&mut Complete)| {
            let mut complete = complete();
            change(&mut complete);
            expected().name_of(&complete).unwrap_err()
        };
        assert_eq!(refused(&|c| c.is_krb5 = false), Failure::OtherMechanism);
        assert_eq!(refused(&|c| c.is_anonymous = true), Failure::Anonymous);
        assert_eq!(refused(&|c| c.client = "WELLKNOWN/ANONYMOUS@R".to_owned()), Failure::Anonymous);
        assert_eq!(refused(&|c| c.client = "alice@S".to_owned()), Failure::OtherRealm("S".to_owned()));
        assert_eq!(refused(&|c| c.client = "alice@r".to_owned()), Failure::OtherRealm("r".to_owned()));
        assert!(matches!(refused(&|c| c.client = "ali\u{1b}ce@R".to_owned()), Failure::Unnamed(_)));
        for nobody in ["", "alice", "@R", r"alice\@R"] {
            assert!(matches!(refused(&|c| c.client = nobody.to_owned()), Failure::Unnamed(_)));
        }
        assert!(matches!(refused(&|c| c.client = r"alice\@R@R".to_owned()), Failure::Unnamed(_)));
    }

    #[test]
    fn require_refuses_whoever_did_not_bind() {
        let strict = Expected { binding: ChannelBinding::Require, ..expected() };
        assert_eq!(strict.name_of(&complete()), Err(Failure::NoBindings));
        assert!(strict.name_of(&Complete { is_channel_bound: true, ..complete() }).is_ok());
    }
}
