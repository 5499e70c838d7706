//! A rejection as a `tonic::Status`.

use tonic::metadata::MetadataMap;
use tonic::{Code, Status};

use crate::Rejection;

impl From<Rejection> for Status {
    fn from(rejection: Rejection) -> Self {
        Self::with_metadata(
            Code::from_i32(i32::from(rejection.grpc_code())),
            rejection.message(),
            MetadataMap::from_headers(rejection.metadata()),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_status_has_the_code_the_message_and_the_challenges() {
        let challenges = vec![HeaderValue::from_static("Negotiate"), HeaderValue::from_static("Basic realm=\"a\"")];
        let status = Status::from(Rejection::unauthenticated(challenges.clone()));
        assert_eq!((status.code(), status.message()), (Code::Unauthenticated, Rejection::UNAUTHENTICATED));
        let sent: Vec<_> = status.metadata().get_all("www-authenticate").iter().map(|value| value.as_bytes()).collect();
        assert_eq!(sent, challenges.iter().map(HeaderValue::as_bytes).collect::<Vec<_>>());
    }

    #[test]
    fn an_unavailable_status_says_when_to_come_back() {
        let status = Status::from(Rejection::unavailable(Duration::from_millis(1500)));
        assert_eq!(status.code(), Code::Unavailable);
        assert_eq!(status.metadata().get("grpc-retry-pushback-ms").unwrap(), "1500");
    }
}
