//! The backend.

use std::ffi::CString;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_core::{
    Accepted, Backend, Challenge, Clock, Credential, Head, Invalid, NotMine, Occasion, Principal, Refusal, Reply,
    Reuse, Scheme, Unavailable, Verdict, async_trait,
};

use crate::channel_binding::TlsServerEndPoint;
use crate::config::{ChannelBinding, KerberosConfig};
use crate::exchange::Expected;
use crate::failure::Failure;
use crate::framing::{Framing, TicketHint};
use crate::gss::{Complete, GssError, Step};
use crate::keys::Keys;
use crate::pool::{NotAccepted, Pool};

mod parts;

/// When to come again if the queue is full: thousands of tokens are accepted in that time.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Verifies Kerberos tickets ([RFC 4120](https://www.rfc-editor.org/rfc/rfc4120)) that come in SPNEGO
/// tokens ([RFC 4559](https://www.rfc-editor.org/rfc/rfc4559)), with the keys of one keytab.
///
/// One leg, and nothing is kept of it: the client's first token has to be enough, as it is with every
/// client that knows it will use Kerberos. The answer's token, by which a client knows the service, goes back
/// with the successful response. No token is accepted twice, so no verdict is ever remembered. The KDC is not
/// asked: tickets that were issued are good while it is away.
///
/// The issuer of a principal is the ticket's realm. Its groups, and its claim `sid`, come from the ticket's PAC, if the file has
/// [`[backend.pac]`](crate::PacConfig).
///
/// A ticket for another service is [`NotMine`]; what libkrb5 needs and does not have (the keytab, the replay
/// cache, room in the queue) is [`Unavailable`].
///
/// ```no_run
/// use portcullis_core::Clock;
/// use portcullis_kerberos::{Kerberos, KerberosConfig};
///
/// let mut config = KerberosConfig::default();
/// config.keytab = "http.keytab".into();
/// let kerberos = Kerberos::new(config, "kerberos", "/etc/portcullis".as_ref(), Clock::default())?;
/// # Ok::<(), portcullis_core::Invalid>(())
/// ```
pub struct Kerberos {
    name: Arc<str>,
    expected: Expected,
    raw: bool,
    pool: Pool,
    keys: Arc<Keys>,
    clock: Clock,
}

impl Kerberos {
    /// Reads the keytab, acquires its keys, and starts the threads. `name` is the entry's, for the log;
    /// relative paths start at `directory`.
    ///
    /// This blocks for as long as it takes to read some small files.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names the key: a keytab that is missing, unreadable, empty, or without a key of the
    /// service (then it says whose keys there are); a replay cache that cannot be written; a mapping that
    /// would give two people one name.
    pub fn new(config: KerberosConfig, name: &str, directory: &Path, clock: Clock) -> Result<Self, Invalid> {
        parts::assemble(config, &Arc::from(name), directory, clock)
    }

    async fn verify(&self, credential: &Credential, head: Head<'_>) -> Verdict {
        let Ok(token) = STANDARD.decode(credential.token()) else {
            return Refusal::new("the token is not base64").into();
        };
        let framing = Framing::of(&token);
        let ticket = match &framing {
            Framing::Spnego(Some(ticket)) => ticket,
            Framing::Krb5(Some(ticket)) if self.raw => ticket,
            _ => return unsuitable(&framing).into(),
        };
        let bindings = match (self.expected.binding, head.extensions.get::<TlsServerEndPoint>()) {
            (ChannelBinding::Off, _) | (ChannelBinding::Allow, None) => None,
            (ChannelBinding::Require, None) => return self.refusal(&Failure::NoEndPoint, &[]).into(),
            (_, Some(end_point)) => Some(end_point.shared()),
        };
        match self.pool.accept(token, ticket.tag, bindings).await {
            Ok(Step::Complete(complete)) => self.accepted(complete),
            Ok(Step::Incomplete) => self.refusal(&Failure::Incomplete, &[]).into(),
            Err(NotAccepted::Failed(error)) => self.failed(&error, ticket),
            Err(NotAccepted::Replay) => self.refusal(&Failure::Replay, &[]).into(),
            Err(NotAccepted::OwnFault(problem)) => Unavailable::new(problem).into(),
            Err(NotAccepted::Full) => Unavailable::new("the queue is full").retry_after(RETRY_AFTER).into(),
            Err(NotAccepted::Gone) => Unavailable::new("the thread that accepted the token broke off").into(),
        }
    }

    fn accepted(&self, complete: Complete) -> Verdict {
        let caller = match self.expected.caller(&complete) {
            Ok(caller) => caller,
            Err(failure) => return self.refusal(&failure, &[]).into(),
        };
        let mut principal = Principal::builder(caller.name);
        if let Some(account) = caller.account {
            principal = principal.groups(account.groups).claim("sid", account.sid.to_string());
        }
        if let Some((_, realm)) = complete.client.rsplit_once('@') {
            principal = principal.issuer(realm);
        }
        if let Some(end) = complete.lifetime.and_then(|lifetime| self.clock.wall().checked_add(lifetime)) {
            principal = principal.expires_at(end);
        }
        let mut reply = Reply::default();
        if !complete.token.is_empty() {
            reply = reply.authenticate(&challenge().token(&complete.token));
        }
        // Nothing of this is ever remembered: `reuse` says so.
        Accepted::new(principal.build()).lifetime(Duration::ZERO).reply(reply).into()
    }

    /// What a token says that could be looked at, and was not good.
    fn failed(&self, error: &GssError, ticket: &TicketHint) -> Verdict {
        let failure = Failure::of(error, ticket, |ticket| self.keys.fit(ticket));
        match &failure {
            Failure::OtherService(_) => {
                self.log(&failure);
                NotMine::new(failure.to_string()).into()
            }
            _ => self.refusal(&failure, &error.token).into(),
        }
    }

    fn refusal(&self, failure: &Failure, token: &[u8]) -> Refusal {
        self.log(failure);
        let refusal = Refusal::new(failure.to_string());
        if token.is_empty() { refusal } else { refusal.challenge(challenge().token(token)) }
    }

    fn log(&self, failure: &Failure) {
        tracing::info!(backend = &*self.name, problem = %failure, remedy = failure.remedy(), "a ticket was not accepted");
    }
}

/// Why a token is not even shown to libkrb5, and what to tell the client.
fn unsuitable(framing: &Framing) -> Refusal {
    match framing {
        Framing::Empty => Refusal::new("the token is empty"),
        Framing::Ntlm | Framing::SpnegoOfNtlm => {
            // To ask once more would have the client send NTLM once more.
            Refusal::new("the token is one of NTLM, which is not Kerberos").without_challenge()
        }
        Framing::SpnegoOfOther => Refusal::new("the token begins with another mechanism than Kerberos"),
        Framing::SpnegoContinued => Refusal::new("the token continues an exchange that did not begin here"),
        Framing::Krb5(Some(_)) => Refusal::new("a Kerberos token without SPNEGO around it, and `raw_krb5` is off"),
        Framing::Spnego(_) | Framing::Krb5(None) => Refusal::new("there is no Kerberos ticket in the token"),
        Framing::Unknown => Refusal::new("no token of SPNEGO"),
    }
}

fn challenge() -> Challenge {
    Challenge::new(Scheme::NEGOTIATE)
}

#[async_trait]
impl Backend for Kerberos {
    fn schemes(&self) -> &[Scheme] {
        const NEGOTIATE: &[Scheme] = &[Scheme::NEGOTIATE];
        NEGOTIATE
    }

    fn challenge(&self, _: Occasion) -> Option<Challenge> {
        Some(challenge())
    }

    /// A token is good for one request.
    fn reuse(&self, _: &Credential, _: Head<'_>) -> Reuse {
        Reuse::Never
    }

    async fn authenticate(&self, credential: &Credential, head: Head<'_>) -> Verdict {
        self.verify(credential, head).await
    }

    fn describe(&self) -> String {
        let principals = Vec::from_iter(self.keys.principals()).join(", ");
        let realms = Vec::from_iter(self.expected.realms.iter().map(String::as_str)).join(", ");
        let pac = self.expected.pac.as_ref().map(|rules| format!("; {rules}")).unwrap_or_default();
        format!("Kerberos users of {realms}, with tickets for {principals}{pac}")
    }

    fn warnings(&self) -> Vec<String> {
        self.keys.warnings()
    }
}

impl fmt::Debug for Kerberos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kerberos").field("name", &self.name).field("expected", &self.expected).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
