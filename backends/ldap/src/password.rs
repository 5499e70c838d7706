//! The backend: passwords that the directory verifies.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::{
    Accepted, Backend, Challenge, Credential, ExposeSecret as _, Head, Invalid, Login, Occasion, Principal, Refusal,
    Scheme, Unavailable, Verdict, async_trait,
};

use crate::config::LdapConfig;
use crate::directory::LdapDirectory;
use crate::server::Server;
use crate::users::Users;
use account::{Account, FindAccount};
use bind::{Bind, Outcome};

mod account;
mod bind;

/// How long a wrong password is remembered: a client that repeats itself at once must not lock the account.
const REFUSED: Duration = Duration::from_secs(2);

/// Why the directory's reader does not get in.
const READER: &str = "the account is the one that asks the directory (bind_dn)";

/// Verifies user names and passwords ([RFC 7617](https://www.rfc-editor.org/rfc/rfc7617)) by searching for the account
/// as the directory's reader, and binding as the entry that was found ([RFC 4513, section
/// 5.1.3](https://www.rfc-editor.org/rfc/rfc4513#section-5.1.3)).
///
/// An empty password is refused before any server is asked: binding with it succeeds for everybody. An account that is
/// not there, or may not get in, costs the same questions as a wrong password. The principal is called what the
/// directory calls the account ([`users.name`](crate::UsersConfig::name)), whatever spelling was typed. Who cannot be
/// verified since no server answers is [`Unavailable`]. A password is shown to one server once: if that does not answer,
/// no other one is asked, since each may count a wrong one. The directory's reader itself
/// ([`bind_dn`](crate::DirectoryConfig::bind_dn)) is refused.
///
/// ```
/// use std::path::Path;
/// use std::sync::Arc;
/// use portcullis_core::{Backend as _, Clock};
/// use portcullis_ldap::{DirectoryConfig, Ldap, LdapConfig, LdapDirectory};
///
/// let mut config = DirectoryConfig::default();
/// config.urls = vec!["ldap://localhost".to_owned()];
/// config.users.dn = Some("uid={name},ou=people,dc=example,dc=test".to_owned());
/// let corp = LdapDirectory::new(config, "corp", Path::new(""), Clock::default()).unwrap();
/// let ldap = Ldap::new(LdapConfig::default(), Arc::new(corp)).unwrap();
/// assert_eq!(ldap.describe(), "user names and passwords that ldap://localhost verifies (names from uid)");
/// ```
pub struct Ldap {
    directory: Arc<LdapDirectory>,
    challenge: Challenge,
    /// Where names are from.
    name: String,
    /// Whose password is wrong whatever it is.
    nobody: String,
}

impl Ldap {
    /// Verifies passwords with the servers of this directory.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names the key: a realm beyond ASCII; and `directory`, if that asks servers without TLS, if it needs
    /// more than a name to find an account or its groups, or if it does not show what an account is called.
    pub fn new(config: LdapConfig, directory: Arc<LdapDirectory>) -> Result<Self, Invalid> {
        if !config.realm.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(Invalid::new("realm", "clients disagree about anything else").expected("printable ASCII"));
        }
        let of_directory = |problem: &str, expected: &str| Invalid::new("directory", problem).expected(expected);
        if let Some(server) = directory.servers().iter().find(|server| !server.is_private()) {
            let problem = format!("it sends passwords to {server} in plain text");
            return Err(of_directory(&problem, "one with TLS: `ldaps`, or `start_tls = true`"));
        }
        let users =
            directory.plan().users().ok_or_else(|| of_directory("it does not look at accounts", "one with `users`"))?;
        if directory.plan().needs_more_than_a_name() {
            return Err(of_directory(
                "its `users` or `groups.filter` need more than the name that somebody types",
                "`{name}` as the only placeholder, and `{dn}` in `groups.filter`",
            ));
        }
        let name = users.name.clone().ok_or_else(|| {
            of_directory(
                "it does not show what an account is called: `{name}` is compared with no attribute, or with several",
                "`users.name` in it",
            )
        })?;
        let id = getrandom::u64().map_err(|error| {
            of_directory(
                &format!("there are no random numbers for the name of nobody: {error}"),
                "a system that has some",
            )
        })?;
        let nobody = users.nobody(id);
        let challenge = Challenge::new(Scheme::BASIC).param("realm", &config.realm).param("charset", "UTF-8");
        Ok(Self { name, nobody, challenge, directory })
    }

    async fn verify(&self, login: &Login) -> Result<Verdict, Unavailable> {
        if login.password.expose_secret().is_empty() {
            return Ok(Refusal::new("the password is empty").lasting().into());
        }
        let Some(users) = self.users() else { return Ok(Refusal::new("there are no accounts").into()) };
        let until = self.directory.deadline();
        let caller = Principal::builder(&login.user).build();
        let find = FindAccount { users, caller: &caller, now: self.directory.wall() };
        let found = self.directory.read(&find, until).await?;
        // Whoever may not get in costs what others cost, and gets the same answer.
        let (dn, account) = match &found {
            // Guesses must not lock the account that asks for all others.
            Account::Found { dn, .. } if self.directory.is_reader(dn) => (self.nobody.as_str(), Err(READER)),
            Account::Found { dn, .. } => (dn.as_str(), Ok(())),
            Account::Barred(reason) => (self.nobody.as_str(), Err(*reason)),
        };
        let bind = Bind { dn, password: &login.password };
        let outcome = self.directory.verify(&bind, until).await?;
        Ok(match (account, outcome, found) {
            (Ok(()), Outcome::Right, Account::Found { name, .. }) => {
                Accepted::new(Principal::builder(name).build()).lifetime(self.directory.ttl()).into()
            }
            (Ok(()), Outcome::Wrong(reason), _) => Refusal::new(reason).lasting_for(REFUSED).into(),
            (Err(reason), ..) => Refusal::new(reason).lasting_for(REFUSED).into(),
            (Ok(()), Outcome::Right, Account::Barred(reason)) => Refusal::new(reason).into(),
        })
    }

    fn users(&self) -> Option<&Users> {
        self.directory.plan().users()
    }
}

#[async_trait]
impl Backend for Ldap {
    fn schemes(&self) -> &[Scheme] {
        const BASIC: &[Scheme] = &[Scheme::BASIC];
        BASIC
    }

    fn challenge(&self, _: Occasion) -> Option<Challenge> {
        Some(self.challenge.clone())
    }

    async fn authenticate(&self, credential: &Credential, _: Head<'_>) -> Verdict {
        match Login::decode(credential.token()) {
            Ok(login) => self.verify(&login).await.unwrap_or_else(Verdict::from),
            Err(invalid) => Refusal::new(invalid.reason()).lasting().into(),
        }
    }

    /// A name that is not there is refused, so nobody would ever ask a second one.
    fn sole_claims(&self) -> Vec<String> {
        vec!["user names and passwords, known or not".to_owned()]
    }

    fn describe(&self) -> String {
        let servers: Vec<String> = self.directory.servers().iter().map(Server::to_string).collect();
        format!("user names and passwords that {} verifies (names from {})", servers.join(" or "), self.name)
    }

    fn warnings(&self) -> Vec<String> {
        let asserted = self.users().map(|users| users.template().attributes_of_name()).unwrap_or_default();
        if asserted.iter().any(|attribute| attribute.eq_ignore_ascii_case(&self.name)) {
            return Vec::new();
        }
        vec![format!(
            "`users` of the directory do not find an account by its {}, which it is called by here: it is unknown there then",
            self.name
        )]
    }
}

impl fmt::Debug for Ldap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ldap").field("directory", &self.directory).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
