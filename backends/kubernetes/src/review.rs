//! The API server's word on a token: TokenReview.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec, TokenReviewStatus};
use portcullis_core::{Refusal, Unavailable, Verdict};
use portcullis_jwt::looks_like_jwt;

use crate::cluster::{Budget, Cluster};

const PATH: &str = "/apis/authentication.k8s.io/v1/tokenreviews";
/// How long a token that the API server does not take is not asked about again. It may have forgotten an account that is
/// new for another moment.
const REFUSED_FOR: Duration = Duration::from_secs(2);
/// Characters of what the API server says against a token.
const MAX_ERROR: usize = 200;
/// Bytes. Whatever has eleven in a row of a token has one of its pieces of this length.
const PIECE: usize = 6;

/// Asks the API server about tokens.
pub(crate) struct Reviewer {
    pub(crate) cluster: Cluster,
    pub(crate) audiences: Vec<String>,
    pub(crate) timeout: Duration,
    /// For tokens that were checked as far as that goes, and can be presented in one way alone.
    pub(crate) checked: Budget,
    /// For all others: opaque ones, and those in kubeconfigs.
    pub(crate) others: Budget,
}

/// Whom the API server takes for the caller.
#[derive(Debug, PartialEq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) uid: Option<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) extra: BTreeMap<String, Vec<String>>,
}

impl Reviewer {
    /// Who is calling with this token.
    ///
    /// # Errors
    /// The verdict, if the API server does not take it, or does not answer.
    pub(crate) async fn review(&self, token: &str, budget: &Budget) -> Result<User, Verdict> {
        let spec = TokenReviewSpec {
            token: Some(token.to_owned()),
            audiences: Some(self.audiences.clone()).filter(|audiences| !audiences.is_empty()),
        };
        let review = TokenReview { spec, ..TokenReview::default() };
        let answer = self.cluster.ask(PATH, &review, budget, self.timeout).await?;
        read(answer.status, &self.audiences, token)
    }
}

/// Closed on doubt: accepted is only who is authenticated, has a name, and for whom an audience was named that was asked
/// for.
fn read(status: Option<TokenReviewStatus>, audiences: &[String], token: &str) -> Result<User, Verdict> {
    let Some(status) = status else { return Err(Unavailable::new("a review without a status").into()) };
    if status.authenticated != Some(true) {
        if status.error.as_deref().is_some_and(|error| is_outage(error, looks_like_jwt(token))) {
            return Err(Unavailable::new("the cluster could not find out whose the token is").into());
        }
        let reason: Cow<'static, str> = match status.error.as_deref().and_then(|error| harmless(error, token)) {
            Some(error) => format!("the cluster does not take the token: {error}").into(),
            None => "the cluster does not take the token".into(),
        };
        return Err(Refusal::new(reason).lasting_for(REFUSED_FOR).into());
    }
    let user = status.user.unwrap_or_default();
    let Some(name) = user.username.filter(|name| !name.is_empty()) else {
        return Err(Unavailable::new("a review that authenticates somebody without a name").into());
    };
    let groups = user.groups.unwrap_or_default();
    if name == "system:anonymous" || groups.iter().any(|group| group == "system:unauthenticated") {
        return Err(Refusal::new("the cluster takes the token for anonymous").lasting_for(REFUSED_FOR).into());
    }
    // Without this, an API server that knows nothing of audiences would let everybody's tokens in.
    let named = status.audiences.unwrap_or_default();
    if !audiences.is_empty() && !named.iter().any(|audience| audiences.contains(audience)) {
        let reason = "the cluster does not say that the token is for one of `audiences`";
        return Err(Refusal::new(reason).lasting_for(REFUSED_FOR).into());
    }
    Ok(User { name, uid: user.uid.filter(|uid| !uid.is_empty()), groups, extra: user.extra.unwrap_or_default() })
}

/// Whether the API server did not get to the bottom of it. In a review, an authenticator of its own that is away (a
/// webhook, the database) looks like a bad token, but for these words of Go and gRPC.
///
/// About a JWT, all of its authenticators have their say at once: that a webhook is away does not mean that nobody
/// knows it to be bad.
fn is_outage(error: &str, is_jwt: bool) -> bool {
    const OF_ALL: [&str; 2] = ["etcdserver:", "context deadline exceeded"];
    const OF_WEBHOOKS: [&str; 6] = [
        "connection refused",
        "connection reset",
        "i/o timeout",
        "TLS handshake timeout",
        "no such host",
        "no route to host",
    ];
    let has = |words: &[&str]| words.iter().any(|words| error.contains(words));
    if is_jwt { has(&OF_ALL) && !error.contains("Post \"") } else { has(&OF_ALL) || has(&OF_WEBHOOKS) }
}

/// What the API server says against a token, if it holds nothing of it.
fn harmless(error: &str, token: &str) -> Option<String> {
    if error.is_empty() || error.len() > 16 * MAX_ERROR {
        return None;
    }
    let windows: HashSet<&[u8]> = error.as_bytes().windows(PIECE).collect();
    if token.as_bytes().chunks_exact(PIECE).any(|piece| windows.contains(piece)) {
        return None;
    }
    Some(error.chars().filter(|char| !char.is_control()).take(MAX_ERROR).collect())
}

#[cfg(test)]
mod tests;
