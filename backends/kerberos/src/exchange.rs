//! What has to be true of an established context before its client is somebody.

use std::collections::BTreeSet;

use crate::config::ChannelBinding;
use crate::failure::Failure;
use crate::gss::Complete;
use crate::name_mapping::NameMapping;
use crate::pac::{Account, PacRules};
use crate::principal_name::PrincipalName;

/// What the file wants of a client.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) realms: BTreeSet<String>,
    pub(crate) mapping: NameMapping,
    pub(crate) suffix: String,
    pub(crate) binding: ChannelBinding,
    pub(crate) pac: Option<PacRules>,
}

/// Whoever a context is with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) name: String,
    /// What the ticket's PAC says, if it counts.
    pub(crate) account: Option<Account>,
}

impl Expected {
    /// Who the context is with.
    pub(crate) fn caller(&self, complete: &Complete) -> Result<Caller, Failure> {
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
        let account = match &self.pac {
            Some(rules) => rules.account(client.realm(), &complete.pac)?,
            None => None,
        };
        // The ticket has the name that the user typed: in another case, or an alias.
        let client = account.as_ref().map_or(&client, |account| &account.principal);
        let name = self.mapping.name_of(client, complete.local.clone()).map_err(Failure::Unnamed)?;
        Ok(Caller { name: name + &self.suffix, account })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gss::TicketPac;
    use crate::pac::PacConfig;
    use crate::pac::written::Written;

    fn expected() -> Expected {
        Expected {
            realms: BTreeSet::from(["R".to_owned()]),
            mapping: NameMapping::StripRealm,
            suffix: "@corp".to_owned(),
            binding: ChannelBinding::Allow,
            pac: None,
        }
    }

    fn complete() -> Complete {
        Complete {
            client: "alice@R".to_owned(),
            local: None,
            pac: TicketPac::NoLogonInfo,
            is_krb5: true,
            is_anonymous: false,
            is_channel_bound: false,
            lifetime: None,
            token: Vec::new(),
        }
    }

    #[test]
    fn a_client_of_an_accepted_realm_has_its_name_and_the_suffix() {
        assert_eq!(expected().caller(&complete()).unwrap().name, "alice@corp");
    }

    #[test]
    fn whoever_is_not_told_beyond_doubt_is_refused() {
        let refused = |change: &dyn Fn(&mut Complete)| {
            let mut complete = complete();
            change(&mut complete);
            expected().caller(&complete).unwrap_err()
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
    fn the_accounts_name_takes_the_place_of_what_the_user_typed() {
        let config = PacConfig { domains: vec!["S-1-5-21-1-2-3".to_owned()], ..PacConfig::default() };
        let expected = expected();
        let expected = Expected { pac: Some(PacRules::new(&config, &expected.realms).unwrap()), ..expected };
        let pac = TicketPac::LogonInfo(Written::new("alice", "S-1-5-21-1-2-3").bytes());
        for typed in ["alice@R", "ALICE@R", r"a.smith\@corp.test@R", r"a\/b@R"] {
            let complete = Complete { client: typed.to_owned(), pac: pac.clone(), ..complete() };
            let caller = expected.caller(&complete).unwrap();
            assert_eq!(caller.name, "alice@corp", "{typed}");
            assert_eq!(caller.account.unwrap().sid.to_string(), "S-1-5-21-1-2-3-1000");
        }
        // The realm is the ticket's.
        let complete = Complete { client: "alice@S".to_owned(), pac: pac.clone(), ..complete() };
        assert_eq!(expected.caller(&complete), Err(Failure::OtherRealm("S".to_owned())));
        let complete = Complete { client: "ALICE@R".to_owned(), pac, ..self::complete() };
        assert_eq!(Expected { pac: None, ..expected }.caller(&complete).unwrap().name, "ALICE@corp");
    }

    #[test]
    fn require_refuses_whoever_did_not_bind() {
        let strict = Expected { binding: ChannelBinding::Require, ..expected() };
        assert_eq!(strict.caller(&complete()), Err(Failure::NoBindings));
        assert!(strict.caller(&Complete { is_channel_bound: true, ..complete() }).is_ok());
    }
}
