//! What a handler finds in its request.

use http::HeaderValue;

use crate::Rejection;

#[cfg(feature = "axum")]
mod axum;

/// Left in a request's extensions by a layer that let it through without a principal: a CORS
/// preflight, a public route. It tells a handler that asks for a principal how to refuse.
#[derive(Clone, Debug)]
pub struct Unidentified {
    challenges: Vec<HeaderValue>,
}

impl Unidentified {
    /// With the challenges that a refused client is sent.
    #[must_use]
    pub fn new(challenges: Vec<HeaderValue>) -> Self {
        Self { challenges }
    }

    /// The 401 of a handler that needs a principal.
    pub fn rejection(&self) -> Rejection {
        Rejection::unauthenticated(self.challenges.clone())
    }
}
