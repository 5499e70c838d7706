//! The clients of a webhook, and what they prove themselves with.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use portcullis_core::{Authorizers, ExposeSecret as _, Invalid, Principal, SecretString};

use super::check::same_names;
use super::form::{Form, SIGNATURE_LEN, Signature};
use crate::cache::digest::random_key;

/// Secrets of a section, tokens among them. All of those of one form are compared with each request that has its field.
const MAX_SECRETS: usize = 64;

/// A client, as it was read.
pub(super) struct Client {
    pub(super) name: String,
    pub(super) form: Form,
    pub(super) groups: Vec<String>,
    pub(super) secrets: Vec<Given>,
    /// The key of the section that says so: `client[0]`, `clients_dir`.
    pub(super) key: String,
    /// What the key does not say: the file, and a colon.
    pub(super) file: String,
}

/// A secret, and the key that names it.
pub(super) struct Given {
    pub(super) key: String,
    pub(super) secret: SecretString,
}

/// All clients of one `[[webhook]]`. Never changed, only replaced.
pub(super) struct Clients {
    pub(super) groups: Vec<Group>,
    pub(super) principals: Vec<Principal>,
    tokens: Tokens,
    /// What tells them from what they were before.
    identity: Vec<(String, Form, Vec<Signature>)>,
}

/// The keys of those that sign alike: one group for each field.
pub(super) struct Group {
    pub(super) form: Form,
    pub(super) keys: Vec<Key>,
}

/// What became of one secret.
pub(super) struct Key {
    /// Its client's place among the principals.
    pub(super) client: usize,
    pub(super) hmac: hmac::Key,
    /// The digest of the secret itself.
    token: hmac::Tag,
}

/// How tokens are compared: by digests under a key of our own, so that the time shows neither how long a secret is nor how it
/// begins.
struct Tokens(hmac::Key);

impl Tokens {
    fn digest(&self, token: &[u8]) -> hmac::Tag {
        hmac::sign(&self.0, token)
    }
}

impl Clients {
    /// Puts the clients of a section together. The principals are those of `backend`.
    ///
    /// # Errors
    ///
    /// Clients that could be taken for one another, and too many of them.
    pub(super) fn new(clients: &[Client], backend: &Arc<str>) -> Result<Self, Vec<Invalid>> {
        let mut all = Self {
            groups: Vec::new(),
            principals: clients.iter().map(|client| client.principal(backend)).collect(),
            tokens: Tokens(hmac::Key::new(hmac::HMAC_SHA256, &random_key())),
            identity: Vec::new(),
        };
        let mut problems: Vec<_> = same_names(clients.iter().map(|client| &*client.name))
            .map(|(before, index)| {
                let (before, client) = (&clients[before], &clients[index]);
                client.invalid(&client.key, format!("{} has the same name", before.said()))
            })
            .collect();
        let mut owners = HashMap::new();
        for (index, client) in clients.iter().enumerate() {
            let mut fingerprints = Vec::with_capacity(client.secrets.len());
            for given in &client.secrets {
                let hmac = hmac::Key::new(hmac::HMAC_SHA256, given.secret.expose_secret().as_bytes());
                let fingerprint = fingerprint(&hmac);
                // In another field it tells another client: Argo's own example has one secret for all.
                let owner = *owners.entry((&client.form.header, fingerprint)).or_insert(index);
                if owner != index {
                    let problem = format!("the secret of {} too, which signs alike", clients[owner].said());
                    problems.push(client.invalid(&given.key, problem));
                }
                fingerprints.push(fingerprint);
                let token = all.tokens.digest(given.secret.expose_secret().as_bytes());
                all.put(client, Key { client: index, hmac, token }, &mut problems);
            }
            all.identity.push((client.name.clone(), client.form.clone(), fingerprints));
        }
        let count = all.groups.iter().map(|group| group.keys.len()).sum::<usize>();
        if count > MAX_SECRETS {
            let invalid = Invalid::new("", format!("{count} secrets, more than are compared"));
            problems.push(invalid.expected(format!("at most {MAX_SECRETS} in one `[[webhook]]`")));
        }
        if problems.is_empty() { Ok(all) } else { Err(problems) }
    }

    /// The same, who are told what `nobody` says where nobody decides what callers may do.
    pub(super) fn told_by(mut self, nobody: &Authorizers) -> Self {
        let principals = self.principals.into_iter();
        self.principals = principals.map(|principal| principal.with_unauthorized(nobody)).collect();
        self
    }

    fn put(&mut self, client: &Client, key: Key, problems: &mut Vec<Invalid>) {
        match self.groups.iter_mut().find(|group| group.form.header == client.form.header) {
            Some(group) if group.form == client.form => group.keys.push(key),
            Some(_) => {
                let problem = "another client has the same field, and signs in another way";
                problems.push(client.invalid(&client.key, problem.to_owned()));
            }
            None => self.groups.push(Group { form: client.form.clone(), keys: vec![key] }),
        }
    }

    /// The clients of the group whose secret this is. All of them are compared.
    pub(super) fn with_token(&self, group: &Group, token: &[u8]) -> Vec<usize> {
        let digest = self.tokens.digest(token);
        let mut found = Vec::new();
        for key in &group.keys {
            if verify_slices_are_equal(key.token.as_ref(), digest.as_ref()).is_ok() {
                found.push(key.client);
            }
        }
        found
    }

    /// Whether all is as it was.
    pub(super) fn are(&self, other: &Self) -> bool {
        self.identity == other.identity
    }
}

impl Client {
    fn principal(&self, backend: &Arc<str>) -> Principal {
        let groups = self.groups.iter().map(String::as_str);
        Principal::builder(&self.name).groups(groups).build().of_backend(backend)
    }

    fn invalid(&self, key: &str, problem: String) -> Invalid {
        let expected = match problem.starts_with("the secret") {
            true => "a secret of its own for each client that signs alike",
            false => "clients that are told apart",
        };
        Invalid::new(key, format!("{}{problem}", self.file)).expected(expected)
    }

    /// Which one it is.
    fn said(&self) -> String {
        match self.file.strip_suffix(": ") {
            Some(file) => file.to_owned(),
            None => self.key.clone(),
        }
    }
}

/// Equal keys have equal ones, also where the secrets differ by what an HMAC does not see.
fn fingerprint(key: &hmac::Key) -> Signature {
    let mut fingerprint = [0; SIGNATURE_LEN];
    fingerprint.copy_from_slice(hmac::sign(key, b"").as_ref());
    fingerprint
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clients").field(&self.principals).finish()
    }
}

#[cfg(test)]
mod tests;
