//! Why a token is refused, in words that help an administrator.

use std::fmt;

use portcullis_core::Sid;

use crate::framing::TicketHint;
use crate::gss::{GssError, Routine};
use crate::keys::Fit;
use crate::keytab::enctype_name;
use crate::pac::MalformedLogonInfo;

/// Why a token is refused: a reason for the audit event, with a remedy for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    ClockSkew,
    TicketExpired,
    TicketNotYetValid,
    Replay,
    Bindings,
    /// The client sent none.
    NoBindings,
    /// The connection has none.
    NoEndPoint,
    /// The ticket is for a key that the keytab does not have yet.
    NewerKey {
        kvno: Option<u32>,
        newest: u32,
    },
    /// The ticket is for a key that the keytab no longer has.
    OlderKey {
        kvno: Option<u32>,
        newest: u32,
    },
    /// The key is there by its number, and is another one.
    OtherKey,
    Enctype(i32),
    OtherService(String),
    OtherRealm(String),
    Anonymous,
    Incomplete,
    OtherMechanism,
    Unnamed(&'static str),
    /// Nothing vouches for the ticket's PAC.
    TamperedPac,
    BrokenPac(MalformedLogonInfo),
    /// There is none, and there has to be.
    NoPac,
    /// The PAC is of an account that is not of the realm's domain.
    OtherDomain(Sid),
    Defective,
    /// Something else: what libkrb5 says.
    Other(String),
}

impl Failure {
    /// Makes sense of what the library said about a token.
    ///
    /// The library's numbers change from run to run, so its texts are looked at; but whether the keytab fits
    /// the ticket is seen from both, and counts for more.
    pub(crate) fn of(error: &GssError, ticket: &TicketHint, fit: impl Fn(&TicketHint) -> Fit) -> Self {
        match error.routine {
            Routine::BadBindings => return Self::Bindings,
            Routine::BadMechanism => return Self::OtherMechanism,
            Routine::DefectiveToken => return Self::Defective,
            Routine::Expired => return Self::TicketExpired,
            Routine::Other => {}
        }
        if let Some(failure) = Self::said_of_decrypted(&error.text) {
            return failure;
        }
        let other = || Self::Other(shown(&error.text));
        let says = |texts: &[&str]| texts.iter().any(|text| error.text.contains(text));
        match fit(ticket) {
            Fit::OtherService => Self::OtherService(ticket.service.clone()),
            Fit::NewerKey { newest } => Self::NewerKey { kvno: ticket.kvno, newest },
            Fit::OlderKey { newest } => Self::OlderKey { kvno: ticket.kvno, newest },
            Fit::OtherEnctype => Self::Enctype(ticket.enctype),
            Fit::Known if says(&["not permitted", "no support for encryption type"]) => Self::Enctype(ticket.enctype),
            Fit::Known if says(&["cannot decrypt ticket", "Cannot decrypt ticket"]) => Self::OtherKey,
            Fit::Known => other(),
        }
    }

    /// What libkrb5 says only of a ticket that it could decrypt.
    pub(crate) fn said_of_decrypted(text: &str) -> Option<Self> {
        let said = [
            ("Clock skew too great", Self::ClockSkew),
            ("Ticket expired", Self::TicketExpired),
            ("Ticket not yet valid", Self::TicketNotYetValid),
        ];
        // At its start: further on there may be a name that a client wrote.
        said.into_iter().find_map(|(words, failure)| text.starts_with(words).then_some(failure))
    }

    /// What an administrator can do about it.
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            Self::ClockSkew => "set the clocks of the client and of this host by the same time server",
            Self::TicketExpired => "the user has to get a new ticket (kinit), or the client has to ask for one",
            Self::TicketNotYetValid => "a postdated ticket, or a wrong clock at the KDC",
            Self::Replay => {
                "the same token came twice: a client that repeats a request must make a new token; \
                 or somebody else has seen the token, so use TLS"
            }
            Self::Bindings => {
                "the client's TLS connection ends elsewhere: at a proxy, whose certificate this service would have \
                 to know, or at an attacker"
            }
            Self::NoBindings => "use a client that sends channel bindings, or `channel_binding = \"allow\"`",
            Self::NoEndPoint => {
                "serve over TLS with a certificate whose signature has a hash function, or `channel_binding = \"allow\"`"
            }
            Self::NewerKey { .. } => {
                "the keytab is out of date: get the newest key with ktadd or ktutil, and keep the old one"
            }
            Self::OlderKey { .. } => {
                "the old key was removed too early: keep it for as long as tickets live; until then the user \
                 needs a new ticket (klist purge, kdestroy)"
            }
            Self::OtherKey => {
                "the keytab's key is not the KDC's, though it has its number: get it anew (was the service's password set \
                 again?); or permitted_enctypes of krb5.conf forbids its encryption type"
            }
            Self::Enctype(_) => {
                "get a keytab with keys of the KDC's encryption types, or look at permitted_enctypes in krb5.conf"
            }
            Self::OtherService(_) => {
                "the client asked for a ticket for another name: look at the URL it uses, the service's names (SPN), \
                 `service`, and the keytab (klist -k)"
            }
            Self::OtherRealm(_) => "list the realm in `realms` if its users may get in",
            Self::Anonymous => "the user has to authenticate to the KDC",
            Self::Incomplete => {
                "the client wants an exchange of more than one leg, which a stateless service cannot have"
            }
            Self::OtherMechanism => "the client must use Kerberos within SPNEGO",
            Self::Unnamed(_) => "look at `name_mapping`",
            Self::TamperedPac => {
                "somebody changed the ticket who has the service's key: set the service's password anew, and look at who can \
                 read the keytab; or the KDC signed with a key that is not the keytab's"
            }
            Self::BrokenPac(_) => "report what KDC this is; without `pac`, its tickets are good for names",
            Self::NoPac => {
                "have the client ask for a PAC (kinit --request-pac), and the KDC give one to the service \
                 (NO_AUTH_DATA_REQUIRED of its account); or `pac.required = false`"
            }
            Self::OtherDomain(_) => "look at `pac.domains` and `pac.realms`",
            Self::Defective | Self::Other(_) => "KRB5_TRACE=/dev/stderr has libkrb5 say more",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClockSkew => f.write_str("clock skew: the client's clock and this host's are too far apart"),
            Self::TicketExpired => f.write_str("the ticket has expired"),
            Self::TicketNotYetValid => f.write_str("the ticket is not valid yet"),
            Self::Replay => f.write_str("replay: the token was accepted before"),
            Self::Bindings => f.write_str("channel bindings: the token is bound to another TLS connection"),
            Self::NoBindings => f.write_str("channel bindings: the client sent none, and they are required"),
            Self::NoEndPoint => f.write_str("channel bindings: the connection has none, and they are required"),
            Self::NewerKey { kvno, newest } => {
                write!(f, "unknown key version: the ticket is for kvno {}, the keytab ends at {newest}", Kvno(*kvno))
            }
            Self::OlderKey { kvno, newest } => write!(
                f,
                "unknown key version: the ticket is for kvno {}, which the keytab no longer has; its newest is {newest}",
                Kvno(*kvno)
            ),
            Self::OtherKey => f.write_str(
                "wrong key, or an encryption type that is not permitted: the keytab's key does not decrypt the ticket",
            ),
            Self::Enctype(enctype) => {
                write!(f, "encryption type: there is no key, or no permission, for {}", enctype_name(*enctype))
            }
            Self::OtherService(service) => write!(f, "wrong service principal: the ticket is for {service}"),
            Self::OtherRealm(realm) => write!(f, "the client is of the realm {}, which is not accepted", shown(realm)),
            Self::Anonymous => f.write_str("the principal is anonymous"),
            Self::Incomplete => f.write_str("the context is incomplete"),
            Self::OtherMechanism => f.write_str("the mechanism is not Kerberos"),
            Self::Unnamed(why) => f.write_str(why),
            Self::TamperedPac => f.write_str("PAC: its checksum by the service's key is wrong or missing"),
            Self::BrokenPac(why) => write!(f, "PAC: the logon information cannot be used: {why}"),
            Self::NoPac => f.write_str("PAC: the ticket has no logon information, and it is required"),
            Self::OtherDomain(user) => {
                write!(f, "PAC: the account {user} is not of the domain of the ticket's realm")
            }
            Self::Defective => f.write_str("the token is broken"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// A key version that may not be there.
struct Kvno(Option<u32>);

impl fmt::Display for Kvno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(kvno) => write!(f, "{kvno}"),
            None => f.write_str("?"),
        }
    }
}

/// The library's text may have names in it that the client wrote.
fn shown(text: &str) -> String {
    const MOST: usize = 400;
    text.chars().take(MOST).map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(routine: Routine, text: &str) -> GssError {
        GssError { routine, text: text.to_owned(), token: Vec::new() }
    }

    fn ticket() -> TicketHint {
        TicketHint { service: "HTTP/b@R".to_owned(), kvno: Some(4), enctype: 23, tag: [0; 16] }
    }

    #[test]
    fn what_the_keytab_shows_counts_for_more_than_the_librarys_words() {
        let error = error(Routine::Other, "something was translated");
        for (fit, failure) in [
            (Fit::OtherService, Failure::OtherService("HTTP/b@R".to_owned())),
            (Fit::NewerKey { newest: 3 }, Failure::NewerKey { kvno: Some(4), newest: 3 }),
            (Fit::OlderKey { newest: 9 }, Failure::OlderKey { kvno: Some(4), newest: 9 }),
            (Fit::OtherEnctype, Failure::Enctype(23)),
            (Fit::Known, Failure::Other("something was translated".to_owned())),
        ] {
            assert_eq!(Failure::of(&error, &ticket(), |_| fit), failure);
        }
    }

    #[test]
    fn text_of_others_cannot_break_the_log() {
        let long = format!("a\nb\u{1b}[31m{}", "x".repeat(1000));
        let Failure::Other(text) = Failure::of(&error(Routine::Other, &long), &ticket(), |_| Fit::Known) else {
            panic!()
        };
        assert!(text.starts_with("a?b?[31m") && text.chars().count() == 400);
    }
}
