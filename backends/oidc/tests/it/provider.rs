//! A provider whose answers are set one by one, and the backend that trusts it.

use std::path::Path;

use portcullis_core::{Backend as _, Clock, Credential, Head, ManualClock, Principal, Scheme, Source, Verdict};
use portcullis_mint::{Mint, jwks, now};
use portcullis_oidc::{Oidc, OidcConfig};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const METADATA: &str = "/.well-known/openid-configuration";
pub(crate) const KEYS: &str = "/keys";

pub(crate) struct Provider {
    pub(crate) server: MockServer,
    pub(crate) clock: ManualClock,
}

impl Provider {
    /// One that answers 404 to everything.
    pub(crate) async fn bare() -> Self {
        Self { server: MockServer::start().await, clock: ManualClock::new() }
    }

    /// One with the smallest metadata, and these keys.
    pub(crate) async fn with(mints: &[&Mint]) -> Self {
        let provider = Self::bare().await;
        provider.serve(METADATA, provider.metadata()).await;
        provider.serve(KEYS, json_answer(&jwks(mints))).await;
        provider
    }

    pub(crate) fn issuer(&self) -> String {
        self.server.uri()
    }

    pub(crate) fn metadata(&self) -> ResponseTemplate {
        json_answer(&json!({ "issuer": self.issuer(), "jwks_uri": format!("{}{KEYS}", self.issuer()) }))
    }

    /// Answers at this path from now on.
    pub(crate) async fn serve(&self, at: &str, answer: ResponseTemplate) {
        Mock::given(method("GET")).and(path(at)).respond_with(answer).mount(&self.server).await;
    }

    /// Forgets all answers, and serves these keys.
    pub(crate) async fn rotate(&self, mints: &[&Mint]) {
        self.server.reset().await;
        self.serve(METADATA, self.metadata()).await;
        self.serve(KEYS, json_answer(&jwks(mints))).await;
    }

    pub(crate) fn config(&self) -> OidcConfig {
        let mut config = OidcConfig::default();
        config.issuer = self.issuer();
        config.audiences = vec!["orders".to_owned()];
        config
    }

    pub(crate) fn oidc(&self) -> Oidc {
        self.oidc_with(self.config())
    }

    pub(crate) fn oidc_with(&self, config: OidcConfig) -> Oidc {
        Oidc::new(config, "corp", Path::new(""), Clock::from(&self.clock)).unwrap()
    }

    /// Claims of alice, good for an hour and a half of a clock that is moved.
    pub(crate) fn claims(&self) -> Value {
        json!({ "iss": self.issuer(), "aud": "orders", "sub": "alice", "iat": now(), "exp": now() + 5400 })
    }

    pub(crate) async fn count(&self, at: &str) -> usize {
        let requests = self.server.received_requests().await.unwrap();
        requests.iter().filter(|request| request.url.path() == at).count()
    }
}

pub(crate) fn json_answer(value: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(value)
}

pub(crate) fn credential(token: &str) -> Credential {
    let field = http::HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    Credential::parse(field, Source::Header, &[Scheme::BEARER]).unwrap()
}

pub(crate) async fn present(oidc: &Oidc, token: &str) -> Verdict {
    oidc.authenticate(&credential(token), Head::from(&http::Request::new(()))).await
}

/// What became of a token, in a word that tests compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Accepted,
    NotMine,
    RefusedForGood,
    RefusedForNow,
    Unavailable,
}

pub(crate) async fn outcome(oidc: &Oidc, token: &str) -> Outcome {
    match present(oidc, token).await {
        Verdict::Accepted(_) => Outcome::Accepted,
        Verdict::NotMine(not_mine) if not_mine.lasting => Outcome::NotMine,
        Verdict::Refused(refusal) if refusal.lasting => Outcome::RefusedForGood,
        Verdict::Refused(_) => Outcome::RefusedForNow,
        Verdict::Unavailable(_) => Outcome::Unavailable,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn accepted(oidc: &Oidc, token: &str) -> Principal {
    match present(oidc, token).await {
        Verdict::Accepted(accepted) => accepted.principal,
        other => panic!("{other:?}"),
    }
}

/// Why nobody knows.
pub(crate) async fn unavailable(oidc: &Oidc, token: &str) -> String {
    match present(oidc, token).await {
        Verdict::Unavailable(unavailable) => {
            assert!(unavailable.retry_after.is_none_or(|delay| delay.as_secs() > 0));
            unavailable.reason.into_owned()
        }
        other => panic!("{other:?}"),
    }
}
