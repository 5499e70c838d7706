//! Why there is no answer.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// Characters.
const MAX_SHOWN: usize = 200;

/// Why there is no answer, in words for a log: without URL, query, credential or body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure(Cow<'static, str>);

impl Failure {
    pub(crate) fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self(reason.into())
    }

    /// What went wrong, and the innermost cause. The layers in between say the same in other
    /// words, and reqwest's own errors hold the URL.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::new("no answer in time");
        }
        let what = match error {
            _ if error.is_redirect() => "a redirect that is not followed",
            _ if error.is_connect() => "cannot connect",
            _ if error.is_builder() => "cannot ask",
            _ => "the connection broke",
        };
        match innermost(error) {
            // Some causes quote the peer.
            Some(cause) => Self(cut(format!("{what}: {cause}")).into()),
            None => Self::new(what),
        }
    }
}

fn cut(mut reason: String) -> String {
    let end = reason.char_indices().nth(MAX_SHOWN).map_or(reason.len(), |(end, _)| end);
    reason.truncate(end);
    reason
}

fn innermost(error: &reqwest::Error) -> Option<&dyn Error> {
    let causes = std::iter::successors(error.source(), |cause: &&(dyn Error + 'static)| (*cause).source());
    causes.filter(|cause| !cause.is::<reqwest::Error>()).last().map(|cause| cause as _)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
