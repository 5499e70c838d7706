//! What is owed to one exchange.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::Challenge;

/// Headers owed to this one exchange: the accept token of Negotiate, which goes back on the
/// *successful* response. In gRPC they are initial metadata.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Reply(Vec<(HeaderName, HeaderValue)>);

impl Reply {
    /// Owes one header.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.push((name, value));
        self
    }

    /// Owes a `WWW-Authenticate` field.
    pub fn authenticate(self, challenge: &Challenge) -> Self {
        self.header(http::header::WWW_AUTHENTICATE, challenge.to_header_value())
    }

    /// Whether nothing is owed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what is owed to the headers of a response.
    pub fn append_to(self, headers: &mut HeaderMap) {
        for (name, value) in self.0 {
            headers.append(name, value);
        }
    }
}
