//! One connection to one server.

use std::io::ErrorKind;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt as _;
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError};
use portcullis_core::{ExposeSecret as _, SecretString};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use crate::failure::Failure;
use crate::server::{Security, Server};

mod dial;
mod message;
mod search;
mod sieve;
mod start_tls;

pub(crate) use search::{Query, Scope};

/// A connection on which one question at a time is asked. ldap3 drives it in a task of its own; when that ends, by an
/// error or since it panicked about what it was sent, the connection is broken and nothing else.
pub(crate) struct Connection {
    ldap: Ldap,
    driver: JoinHandle<()>,
    sieve: JoinHandle<()>,
    /// Why what the server said could not be taken, if so.
    fault: Arc<OnceLock<String>>,
    /// Whether every question so far has been answered to its end: what is still to come of an older one must not be
    /// taken for something else.
    is_clean: bool,
    /// Whether the server has said anything here that could be taken for an answer.
    has_answered: bool,
    opened: Instant,
}

/// What came of a bind.
pub(crate) struct Bound {
    /// The result code; 0 is success.
    pub(crate) code: u32,
    /// What Active Directory says of why not: `data 533` in the text that comes with it.
    pub(crate) detail: Option<u32>,
}

impl Connection {
    /// Connects, and secures the connection. Without `tls`, only a server that needs none is connected to.
    pub(crate) async fn open(server: &Server, tls: Option<Arc<ClientConfig>>, until: Instant) -> Result<Self, Failure> {
        match timeout_at(until, unpanicked(connect(server, tls, until))).await {
            Ok(connected) => connected,
            Err(_) => Err(Failure::away("no connection in time")),
        }
    }

    /// Whether the server has ever answered here.
    pub(crate) fn has_answered(&self) -> bool {
        self.has_answered
    }

    /// How long ago it was opened.
    pub(crate) fn age(&self) -> Duration {
        self.opened.elapsed()
    }

    /// Whether another question can be asked here.
    pub(crate) fn is_usable(&mut self) -> bool {
        self.is_clean && !self.driver.is_finished() && !self.sieve.is_finished() && !self.ldap.is_closed()
    }

    /// Binds with a password, which must not be empty: that would be an anonymous bind, which succeeds for everybody
    /// ([RFC 4513, section
    /// 5.1.2](https://www.rfc-editor.org/rfc/rfc4513#section-5.1.2)).
    pub(crate) async fn bind(&mut self, dn: &str, password: &SecretString, until: Instant) -> Result<Bound, Failure> {
        if dn.is_empty() || password.expose_secret().is_empty() {
            return Err(Failure::wrong("a bind without name or password verifies nothing"));
        }
        self.is_clean = false;
        self.ldap.with_timeout(left(until)?);
        let bind = async { Ok(self.ldap.simple_bind(dn, password.expose_secret()).await?) };
        let result = match unpanicked(bind).await {
            Ok(result) => result,
            Err(failure) => return Err(self.judged(failure, until).await),
        };
        (self.is_clean, self.has_answered) = (true, true);
        Ok(Bound { code: result.rc, detail: detail(&result.text) })
    }

    /// What a failure means here: a connection that ended since an answer could not be taken was not closed by the
    /// server. One that has answered before is a server all the same.
    async fn judged(&mut self, failure: Failure, until: Instant) -> Failure {
        let reason = match failure {
            Failure::Closed(reason) => {
                // It comes to its end about now, and says why. An end must not be waited for twice.
                if !self.driver.is_finished() {
                    let _ = timeout_at(until, &mut self.driver).await;
                }
                match self.fault.get() {
                    Some(fault) => fault.clone(),
                    None => return Failure::Closed(reason),
                }
            }
            Failure::Unanswered(reason) => reason,
            failure => return failure,
        };
        if self.has_answered { Failure::Unanswered(reason) } else { Failure::Away(reason) }
    }
}

impl Drop for Connection {
    /// The tasks would otherwise wait for a server that takes nothing.
    fn drop(&mut self) {
        self.driver.abort();
        self.sieve.abort();
    }
}

/// How long is left, if anything is.
fn left(until: Instant) -> Result<Duration, Failure> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(Failure::TimedOut) } else { Ok(left) }
}

/// ldap3 panics about some malformed answers.
async fn unpanicked<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| Err(Failure::unanswered(MALFORMED)))
}

/// The connection is made and secured here, and ldap3 finds it there: what a server says is read within bounds before
/// ldap3 reads it, and before TLS too.
async fn connect(server: &Server, tls: Option<Arc<ClientConfig>>, until: Instant) -> Result<Connection, Failure> {
    let mut stream = dial::any_of(server.address(), until).await?;
    stream.set_nodelay(true).map_err(Failure::away)?;
    if server.security() == Security::StartTls {
        start_tls::exchange(&mut stream).await?;
    }
    let fault = Arc::default();
    let begun = match (server.security(), tls) {
        (Security::Plain, _) => sieve::begin(stream, Arc::clone(&fault)),
        (_, Some(config)) => {
            let name = ServerName::try_from(server.address().0.to_owned()).map_err(Failure::wrong)?;
            let stream = TlsConnector::from(config).connect(name, stream).await.map_err(Failure::away)?;
            sieve::begin(stream, Arc::clone(&fault))
        }
        (_, None) => return Err(Failure::wrong("there are no certificate authorities")),
    };
    let (stream, url, sieve) = begun.map_err(Failure::away)?;
    let (connection, ldap) = LdapConnAsync::with_settings(LdapConnSettings::new().set_std_stream(stream), url).await?;
    let noted = Arc::clone(&fault);
    let driver = tokio::spawn(async move {
        match AssertUnwindSafe(connection.drive()).catch_unwind().await {
            Ok(Ok(())) => {}
            Ok(Err(LdapError::Io { source })) if is_end(source.kind()) => {}
            _ => drop(noted.set(MALFORMED.to_owned())),
        }
    });
    Ok(Connection { ldap, driver, sieve, fault, is_clean: true, has_answered: false, opened: Instant::now() })
}

/// What is said of an answer that cannot be read.
const MALFORMED: &str = "a malformed answer";

/// Whether this is the end of a connection, and no answer that could not be read.
fn is_end(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted)
}

/// `80090308: LdapErr: DSID-0C090569, comment: AcceptSecurityContext error, data 52e, v4563`: Windows' code of the
/// error, in hexadecimal digits.
fn detail(text: &str) -> Option<u32> {
    let digits = text.split(", ").find_map(|part| part.strip_prefix("data "))?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests;
