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
