//! Who issues the tokens.

use crate::endpoint::Endpoint;

/// An issuer's identifier: a URL, compared to the letter.
#[derive(Clone, Debug)]
pub(crate) struct Issuer {
    text: String,
    endpoint: Endpoint,
}

impl Issuer {
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let endpoint = Endpoint::parse(text)?;
        if endpoint.url().query().is_some() {
            return Err("an issuer has no query");
        }
        Ok(Self { text: text.to_owned(), endpoint })
    }

    /// The identifier as the file has it, and as every token must.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Whether keys are on the issuer's own host. Our token goes there, and not to whomever its metadata
    /// names.
    pub(crate) fn is_host_of(&self, keys: &Endpoint) -> bool {
        keys.url().origin() == self.endpoint.url().origin()
    }

    /// Where OpenID Connect Discovery 1.0, section 4, has the metadata: behind the issuer's path.
    pub(crate) fn openid_metadata(&self) -> Endpoint {
        self.endpoint.with_path(&format!("{}/.well-known/openid-configuration", self.path()))
    }

    /// Where RFC 8414, section 3, has it: before the issuer's path.
    pub(crate) fn oauth_metadata(&self) -> Endpoint {
        self.endpoint.with_path(&format!("/.well-known/oauth-authorization-server{}", self.path()))
    }

    /// Both have a slash at its end removed.
    fn path(&self) -> &str {
        let path = self.endpoint.url().path();
        path.strip_suffix('/').unwrap_or(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_behind_or_before_the_path() {
        for (issuer, openid, oauth) in [
            (
                "https://id.example.test",
                "https://id.example.test/.well-known/openid-configuration",
                "https://id.example.test/.well-known/oauth-authorization-server",
            ),
            (
                "https://id.example.test:8443/realms/a%20b/",
                "https://id.example.test:8443/realms/a%20b/.well-known/openid-configuration",
                "https://id.example.test:8443/.well-known/oauth-authorization-server/realms/a%20b",
            ),
        ] {
            let parsed = Issuer::parse(issuer).unwrap();
            assert_eq!(parsed.text(), issuer);
            assert_eq!(parsed.openid_metadata().url().as_str(), openid);
            assert_eq!(parsed.oauth_metadata().url().as_str(), oauth);
        }
    }

    #[test]
    fn an_issuer_has_neither_query_nor_fragment() {
        for text in ["https://id.example.test/?a", "https://id.example.test/#a", "id.example.test"] {
            assert!(Issuer::parse(text).is_err(), "{text}");
        }
    }
}
