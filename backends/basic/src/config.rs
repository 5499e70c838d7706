//! The keys of a `kind = "basic"` section.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use portcullis_core::Secret;
use secrecy::SecretString;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

/// The section of a Basic backend.
///
/// One of [`users_file`](Self::users_file) and [`users`](Self::users) is needed, and at least one user.
///
/// ```
/// let mut config = portcullis_basic::BasicConfig::default();
/// config.users_file = Some("users.htpasswd".into());
/// config.realm = "orders".to_owned();
/// ```
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct BasicConfig {
    /// The file of users, one `name:hash` a line; see [`UsersFile`](crate::UsersFile). A relative
    /// path starts at the config file's directory. It is read again when it changes; if it then
    /// cannot be read, the users stay as they were, and it is tried again every 5 s. If nobody is
    /// left in it, it is looked at once more, 5 s later, before that is in force. Default: none.
    /// Example: `"users.htpasswd"`.
    pub users_file: Option<PathBuf>,
    /// The file of groups, one `group: name name …` a line; several lines of one group add up. A
    /// relative path starts at the config file's directory. It is read again when it changes.
    /// Default: none. Example: `"groups"`.
    pub groups_file: Option<PathBuf>,
    /// Users and their hashes, besides those of the file. Default: none. Example:
    /// `users = { alice = "$argon2id$v=19$…", bob = { env = "BOB_HASH" } }`.
    pub users: BTreeMap<String, UserHash>,
    /// Groups and their members, besides those of the file. Default: none. Example:
    /// `groups = { ops = ["alice", "bob"] }`.
    pub groups: BTreeMap<String, Vec<String>>,
    /// What clients show when they ask for a password; in printable ASCII. Default:
    /// `"portcullis"`. Example: `"orders, test system"`.
    pub realm: String,
    /// How many passwords are hashed at a time, from 1 to 1024; each takes one thread and the memory its
    /// hash asks for (19 MiB for one of `portcullis hash-password`). Default: as many as there are processors.
    /// Example: `2`.
    pub max_concurrent: Option<usize>,
    /// How many requests may wait to have their password hashed. Further ones are answered 503
    /// with `Retry-After`. Default: `256`. Example: `1000`.
    pub queue: usize,
}

impl Default for BasicConfig {
    fn default() -> Self {
        Self {
            users_file: None,
            groups_file: None,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            realm: "portcullis".to_owned(),
            max_concurrent: None,
            queue: 256,
        }
    }
}

/// A user's hash in the config file, or where it is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum UserHash {
    /// The hash itself: `"$argon2id$…"`. The type is `secrecy`'s, which is also
    /// `portcullis_core::SecretString`; `portcullis_core::ExposeSecret` reads it.
    Here(SecretString),
    /// `{ env = "BOB_HASH" }`, or `{ file = "bob.hash" }`, which is read again when it changes.
    Elsewhere(Secret),
}

impl<'de> Deserialize<'de> for UserHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HashOrPlace;

        impl<'de> Visitor<'de> for HashOrPlace {
            type Value = UserHash;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a password hash, { env = \"NAME\" } or { file = \"path\" }")
            }

            fn visit_str<E: serde::de::Error>(self, hash: &str) -> Result<UserHash, E> {
                Ok(UserHash::Here(hash.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<UserHash, A::Error> {
                let secret = Secret::deserialize(MapAccessDeserializer::new(&mut map))?;
                // An enum is satisfied with the first key.
                match map.next_key::<IgnoredAny>()? {
                    Some(_) => Err(A::Error::custom("a hash is in one place: either `env` or `file`")),
                    None => Ok(UserHash::Elsewhere(secret)),
                }
            }
        }

        deserializer.deserialize_any(HashOrPlace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<BasicConfig, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn every_key_is_read_and_every_default_is_as_documented() {
        let config = parse("").unwrap();
        assert_eq!((config.realm.as_str(), config.queue, config.max_concurrent), ("portcullis", 256, None));
        let config = parse(
            r#"
            users_file = "u"
            groups_file = "g"
            realm = "r"
            max_concurrent = 3
            queue = 4
            groups = { ops = ["alice"] }
            [users]
            alice = "$argon2id$"
            bob = { env = "BOB" }
            carol = { file = "carol.hash" }
            "#,
        )
        .unwrap();
        assert_eq!((config.users_file, config.groups_file), (Some("u".into()), Some("g".into())));
        assert_eq!((config.realm.as_str(), config.max_concurrent, config.queue), ("r", Some(3), 4));
        assert_eq!(config.groups["ops"], ["alice"]);
        assert!(matches!(&config.users["alice"], UserHash::Here(_)));
        assert!(matches!(&config.users["bob"], UserHash::Elsewhere(Secret::Env(name)) if name == "BOB"));
        assert!(
            matches!(&config.users["carol"], UserHash::Elsewhere(Secret::File(path)) if path.ends_with("carol.hash"))
        );
    }

    #[test]
    fn unknown_keys_and_other_forms_of_a_hash_are_errors() {
        assert!(parse("user_file = \"u\"").unwrap_err().contains("user_file"));
        assert!(parse("users = { a = 1 }").unwrap_err().contains("a password hash, { env"));
        assert!(parse("users = { a = { env = \"A\", file = \"b\" } }").unwrap_err().contains("either"));
        assert!(parse("users = { a = { path = \"A\" } }").is_err());
    }

    #[test]
    fn the_debug_form_holds_no_hash() {
        let shown = format!("{:?}", parse("users = { alice = \"$argon2id$0123\" }").unwrap());
        assert!(shown.contains("alice") && !shown.contains("0123"), "{shown}");
    }
}
