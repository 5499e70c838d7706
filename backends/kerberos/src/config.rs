//! The keys of the section.

use std::path::PathBuf;

use portcullis_core::Invalid;
use portcullis_core::config::{number, text};
use serde::{Deserialize, Deserializer};

use crate::name_mapping::NameMapping;
use crate::pac::PacConfig;
use crate::service::Service;

/// The keys of a `[[backend]]` of `kind = "kerberos"`.
///
/// ```
/// use portcullis_kerberos::{ChannelBinding, KerberosConfig};
///
/// let section = r#"{ "keytab": "/etc/portcullis/http.keytab", "channel_binding": "require" }"#;
/// let config: KerberosConfig = serde_json::from_str(section)?;
/// assert_eq!((config.service.as_str(), config.channel_binding), ("HTTP", ChannelBinding::Require));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct KerberosConfig {
    /// The file with the service's keys. It is this backend's alone: `KRB5_KTNAME` is not looked at. Read
    /// again when it changes; during a rotation it should hold the old key and the new. Required.
    /// Example: `"/etc/portcullis/http.keytab"`.
    pub keytab: PathBuf,
    /// Whose tickets are accepted: a service, with any of its keys in the keytab, or one principal. Default:
    /// `"HTTP"`. Example: `"HTTP/orders.example.test"`, `"airflow"`.
    pub service: String,
    /// The realms whose users get in. Default: those of the service's own keys, as the keytab has them at
    /// the start. Example: `["EXAMPLE.TEST", "PARTNER.TEST"]`.
    pub realms: Option<Vec<String>>,
    /// What users are called here: [`NameMapping`]. Default: `"principal"`. Example: `"strip_realm"`.
    pub name_mapping: NameMapping,
    /// Added to every name. Default: nothing. Example: `"@corp"`.
    pub username_suffix: String,
    /// Whether tokens are tied to the TLS connection: [`ChannelBinding`]. Default: `"allow"`. Example:
    /// `"require"`.
    pub channel_binding: ChannelBinding,
    /// Whether Kerberos tokens are taken that have no SPNEGO around them, as old clients send them. Default:
    /// `false`. Example: `true`.
    pub raw_krb5: bool,
    /// The file that remembers accepted tokens, so that none is accepted twice. Backends and processes that
    /// hold the same keys should share it; the directory must be there. It is not one of libkrb5's.
    /// Default: one file for all processes of this user, below `/var/tmp`. Example:
    /// `"/var/lib/portcullis/accepted-tokens"`.
    pub replay_cache: Option<PathBuf>,
    /// How many tokens are verified at the same time, each in a thread of its own. 1 to 256. Default: one for
    /// each CPU, and at least 2. Example: `4`.
    pub max_concurrent: Option<usize>,
    /// How many tokens may wait for that; when it is full, the answer is 503. `cache.max_in_flight` bounds those
    /// that wait and those that are verified together. 1 to 100,000. Default: `512`. Example: `200`.
    pub queue: usize,
    /// `[backend.pac]`: groups from the tickets of Active Directory: [`PacConfig`]. Default: none is read, and nobody has groups.
    /// Example: `{ domains = ["S-1-5-21-1004336348-1177238915-682003330"] }`.
    pub pac: Option<PacConfig>,
}

/// Whether a token has to be bound to the TLS connection that it comes over ([RFC
/// 5929](https://www.rfc-editor.org/rfc/rfc5929)), so that nobody in between can pass it on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelBinding {
    /// `"off"`: not looked at.
    Off,
    /// `"allow"`: a client that binds its token must have bound it to this connection. One that does not
    /// gets in. Without TLS, or where the server does not say which certificate it showed, nothing is
    /// looked at.
    #[default]
    Allow,
    /// `"require"`: only tokens that are bound to this connection are accepted.
    Require,
}

impl Default for KerberosConfig {
    fn default() -> Self {
        Self {
            keytab: PathBuf::new(),
            service: "HTTP".to_owned(),
            realms: None,
            name_mapping: NameMapping::default(),
            username_suffix: String::new(),
            channel_binding: ChannelBinding::default(),
            raw_krb5: false,
            replay_cache: None,
            max_concurrent: None,
            queue: 512,
            pac: None,
        }
    }
}

impl KerberosConfig {
    /// What of this can be seen to be wrong without looking at any file. Returns the service.
    pub(crate) fn check(&self) -> Result<Service, Invalid> {
        if self.keytab.as_os_str().is_empty() {
            return Err(Invalid::new("keytab", "there is none").expected("the path of a keytab"));
        }
        let service = Service::parse(&self.service)
            .ok_or_else(|| Invalid::new("service", "no such service").expected(Service::EXPECTED))?;
        if let Some(realms) = &self.realms {
            check_realms(realms)?;
        }
        self.name_mapping.check()?;
        if self.pac.is_some() && self.name_mapping == NameMapping::Local {
            let problem = "auth_to_local knows the name that the user typed, and not the account of the PAC";
            return Err(
                Invalid::new("name_mapping", problem).expected("`principal`, `strip_realm` or rules, beside `pac`")
            );
        }
        if self.username_suffix.chars().any(char::is_control) {
            return Err(Invalid::new("username_suffix", "it has control characters").expected("visible characters"));
        }
        self.max_concurrent.map_or(Ok(()), |threads| number::bounded("max_concurrent", threads, 1..=256))?;
        number::bounded("queue", self.queue, 1..=100_000)?;
        Ok(service)
    }

    pub(crate) fn threads(&self) -> usize {
        self.max_concurrent.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, |cpus| cpus.get().max(2)))
    }
}

fn check_realms(realms: &[String]) -> Result<(), Invalid> {
    if realms.is_empty() {
        return Err(Invalid::new("realms", "an empty list, so nobody would get in").expected("at least one realm"));
    }
    for (index, realm) in realms.iter().enumerate() {
        let invalid = |problem: &str| {
            Invalid::new(format!("realms[{index}]"), problem).expected("the name of a realm, to the letter, once")
        };
        if realm.is_empty() || realm.contains(['@', '/', '\\']) || realm.chars().any(char::is_control) {
            return Err(invalid("no such realm"));
        }
        if realms[..index].contains(realm) {
            return Err(invalid("it is there already"));
        }
    }
    Ok(())
}

impl<'de> Deserialize<'de> for ChannelBinding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::deserialize(deserializer, "`off`, `allow` or `require`", |text| match text {
            "off" => Some(Self::Off),
            "allow" => Some(Self::Allow),
            "require" => Some(Self::Require),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut KerberosConfig)) -> KerberosConfig {
        let mut config = KerberosConfig { keytab: "http.keytab".into(), ..KerberosConfig::default() };
        change(&mut config);
        config
    }

    #[test]
    fn a_keytab_is_all_it_takes() {
        assert!(with(|_| {}).check().is_ok());
    }

    #[test]
    fn an_error_names_the_key() {
        for (key, config) in [
            ("keytab", KerberosConfig::default()),
            ("service", with(|c| c.service.clear())),
            ("service", with(|c| c.service = "HTTP@EXAMPLE.TEST".to_owned())),
            ("realms", with(|c| c.realms = Some(vec![]))),
            ("realms[0]", with(|c| c.realms = Some(vec![String::new()]))),
            ("realms[1]", with(|c| c.realms = Some(vec!["A".to_owned(), "A".to_owned()]))),
            ("name_mapping", with(|c| c.name_mapping = NameMapping::Rules(vec![]))),
            ("name_mapping", with(|c| (c.name_mapping, c.pac) = (NameMapping::Local, Some(PacConfig::default())))),
            ("username_suffix", with(|c| c.username_suffix = "\n".to_owned())),
            ("max_concurrent", with(|c| c.max_concurrent = Some(0))),
            ("max_concurrent", with(|c| c.max_concurrent = Some(257))),
            ("queue", with(|c| c.queue = 0)),
        ] {
            assert_eq!(config.check().unwrap_err().key(), key);
        }
    }

    #[test]
    fn the_words_of_channel_binding_are_those_three() {
        for (word, meaning) in
            [("off", ChannelBinding::Off), ("allow", ChannelBinding::Allow), ("require", ChannelBinding::Require)]
        {
            assert_eq!(serde_json::from_str::<ChannelBinding>(&format!("{word:?}")).unwrap(), meaning);
        }
        assert!(serde_json::from_str::<ChannelBinding>(r#""yes""#).is_err());
    }
}
