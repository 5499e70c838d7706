//! What the file as a whole means, and what is said when it means nothing.

mod any_text;
mod broken;
mod good;
mod policy;
mod routes;

use std::sync::Arc;

use portcullis_core::{
    Accepted, Backend, Challenge, Credential, Head, Invalid, Occasion, Principal, Scheme, Secret, Verdict, async_trait,
};
use serde::{Deserialize, Deserializer};

use super::{Config, ConfigError, Kinds};
use crate::chain::Chain;

/// A kind that somebody else wrote.
struct Acme {
    alone: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct AcmeConfig {
    url: String,
    secret: Option<Secret>,
    retries: Option<u8>,
    #[serde(default, deserialize_with = "port")]
    port: Option<u16>,
    #[serde(default)]
    rules: Vec<Rule>,
    #[serde(default)]
    alone: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    verbs: Vec<String>,
    level: Option<Level>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Low,
    High,
}

/// A check of the kind's own, with a message that quotes the value.
fn port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let quoted = |error| serde::de::Error::custom(format!("no port: {text:?}: {error}"));
    text.parse().map(Some).map_err(quoted)
}

#[async_trait]
impl Backend for Acme {
    fn schemes(&self) -> &[Scheme] {
        &[Scheme::BEARER]
    }

    fn challenge(&self, _: Occasion) -> Option<Challenge> {
        Some(Challenge::new(Scheme::BEARER))
    }

    fn sole_claims(&self) -> Vec<String> {
        self.alone.clone()
    }

    async fn authenticate(&self, _: &Credential, _: Head<'_>) -> Verdict {
        Accepted::new(Principal::builder("acme").build()).into()
    }
}

fn kinds() -> Kinds {
    let mut kinds = Kinds::default();
    kinds
        .register("acme", async |section| {
            let config: AcmeConfig = section.deserialize()?;
            match config.rules.iter().position(|rule| rule.verbs.is_empty()) {
                Some(index) => {
                    let invalid = Invalid::new(format!("rules[{index}].verbs"), "empty").expected("at least one verb");
                    Err(section.invalid(invalid))
                }
                None => Ok(Acme { alone: config.alone }),
            }
        })
        .unwrap();
    kinds
}

/// Reads and assembles, as a program does.
fn assemble(config: Result<Config, ConfigError>) -> Result<(Config, Chain), ConfigError> {
    let config = config?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let chain = runtime.block_on(config.assemble(
        &kinds(),
        &super::KnownDirectories::default(),
        &portcullis_core::Clock::default(),
    ));
    #[cfg(feature = "webhook")]
    let (chain, _) = ConfigError::of_either(chain, config.load_webhooks())?;
    #[cfg(not(feature = "webhook"))]
    let chain = chain?;
    Ok((config, chain))
}

#[test]
fn a_kind_is_registered_once_and_is_none_of_the_projects_own() {
    let mut kinds = kinds();
    let mut register = |kind| kinds.register(kind, async |_| Ok(Acme { alone: Vec::new() })).unwrap_err().to_string();
    assert_eq!(register("acme"), "acme: is registered already; expected another name");
    for own in ["anonymous", "deny-all", "basic", "oidc", "kubernetes", "kerberos", "ldap"] {
        assert_eq!(register(own), format!("{own}: is one of the project's own kinds; expected another name"));
    }
    for odd in ["", "two words", "\n", &"k".repeat(65)] {
        assert_eq!(register(odd), "kind: wrong name; expected 1 to 64 visible ASCII characters");
    }
}

#[test]
fn what_is_wrong_outside_the_file_has_no_place_in_it() {
    let error = ConfigError::from(Invalid::new("acme", "is registered already").expected("another name"));
    assert_eq!(error.to_string(), "acme: is registered already; expected another name");
    let problem = error.problems().next().unwrap();
    assert_eq!((problem.file(), problem.line(), problem.column()), (None, None, None));
}

#[test]
fn an_error_is_an_error_that_can_be_sent() {
    fn check<E: std::error::Error + Send + Sync + 'static>(_: Arc<E>) {}
    check(Arc::new(Config::from_toml("x").unwrap_err()));
}
