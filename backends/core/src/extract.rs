//! What a handler finds in its request.

use http::Extensions;

use crate::{Principal, Rejection};

#[cfg(feature = "axum")]
mod axum;

/// Left in a request's extensions by a layer that let it through without a principal: a CORS
/// preflight, a public route. It tells a handler that asks for a principal how to refuse.
#[derive(Clone, Debug)]
pub struct Unidentified {
    rejection: Rejection,
}

/// The principal that the layer left for a handler that cannot do without.
pub(crate) fn left_by_layer(extensions: &Extensions) -> Result<&Principal, Rejection> {
    extensions.get().ok_or_else(|| match extensions.get::<Unidentified>() {
        Some(unidentified) => unidentified.rejection(),
        None => Rejection::without_layer(),
    })
}

impl Unidentified {
    /// With what a client is told whom a handler refuses.
    #[must_use]
    pub fn new(rejection: Rejection) -> Self {
        Self { rejection }
    }

    /// The 401 of a handler that needs a principal.
    pub fn rejection(&self) -> Rejection {
        self.rejection.clone()
    }
}
