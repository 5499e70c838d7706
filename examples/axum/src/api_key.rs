//! A backend of somebody else's: `kind = "api-key"`, for programs that present
//! `Authorization: ApiKey …`.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use portcullis::config::Section;
use portcullis::{
    Accepted, Backend, Challenge, ConfigError, Credential, Head, Invalid, Occasion, Principal, Refusal, Scheme, Secret,
    Verdict, async_trait,
};
use secrecy::ExposeSecret as _;
use serde::Deserialize;

/// Shorter ones could be guessed.
const MIN_KEY_LEN: usize = 20;

/// What the file says, besides `kind` and `name`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    /// Programs, and where their keys are: `keys = { "night-watch" = { file = "night-watch.key" } }`.
    keys: BTreeMap<String, Secret>,
}

pub(crate) struct ApiKeys {
    scheme: [Scheme; 1],
    /// By digest: whoever measures how long a look-up takes, learns nothing about a key.
    names: HashMap<blake3::Hash, String>,
}

/// Makes the backend of one `[[backend]]`.
pub(crate) async fn build(section: Section) -> Result<ApiKeys, ConfigError> {
    ApiKeys::new(section.deserialize()?, section.directory()).map_err(|invalid| section.invalid(invalid))
}

impl ApiKeys {
    fn new(config: Config, directory: &Path) -> Result<Self, Invalid> {
        let mut names = HashMap::new();
        for (name, secret) in config.keys {
            let invalid = |problem: &str| Invalid::new(format!("keys.{name}"), problem);
            let key = secret.read(directory).map_err(|problem| invalid(&problem))?;
            let key = key.expose_secret();
            if key.len() < MIN_KEY_LEN || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(invalid("not a key").expected(format!("{MIN_KEY_LEN} visible ASCII characters or more")));
            }
            let problem = invalid("the same key as another's");
            if names.insert(blake3::hash(key.as_bytes()), name).is_some() {
                return Err(problem.expected("one of its own"));
            }
        }
        Ok(Self { scheme: [Scheme::new("ApiKey")], names })
    }
}

#[async_trait]
impl Backend for ApiKeys {
    fn schemes(&self) -> &[Scheme] {
        &self.scheme
    }

    fn challenge(&self, _: Occasion) -> Option<Challenge> {
        Some(Challenge::new(self.scheme[0].clone()).param("realm", "robots"))
    }

    async fn authenticate(&self, credential: &Credential, _: Head<'_>) -> Verdict {
        match self.names.get(&blake3::hash(credential.token())) {
            Some(name) => Accepted::new(Principal::builder(name).group("robots").build()).into(),
            None => Refusal::new("no such key").lasting().into(),
        }
    }

    fn describe(&self) -> String {
        format!("programs with one of {} keys, in the group robots", self.names.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis::Auth;

    async fn problem(keys: &str) -> String {
        let file = format!("[[backend]]\nkind = 'api-key'\n{keys}\n");
        Auth::builder().register("api-key", build).load_toml(&file).await.unwrap_err().to_string()
    }

    #[tokio::test]
    async fn what_is_wrong_is_told_with_its_place_in_the_file() {
        let told = problem("keys = { a = { env = 'NO_SUCH_VARIABLE' } }").await;
        assert!(told.starts_with("<toml>:3:") && told.contains("NO_SUCH_VARIABLE"), "{told}");
        let told = problem("keys = { a = { file = 'Cargo.toml' } }").await;
        assert!(told.contains("keys.a") && told.contains("not a key"), "{told}");
        let told = problem("kees = {}").await;
        assert!(told.contains("kees") && told.contains("keys"), "{told}");
    }

    #[tokio::test]
    async fn two_programs_cannot_have_one_key() {
        let told = problem("keys = { a = { file = 'night-watch.key' }, b = { file = 'night-watch.key' } }").await;
        assert!(told.contains("keys.b: the same key"), "{told}");
    }

    #[tokio::test]
    async fn a_good_entry_is_described() {
        let file = "[[backend]]\nkind = 'api-key'\nkeys = { a = { file = 'night-watch.key' } }";
        let auth = Auth::builder().register("api-key", build).load_toml(file).await.unwrap();
        assert!(auth.describe().to_string().contains("one of 1 keys"));
    }
}
