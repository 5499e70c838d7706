//! `portcullis.whoami.v1.WhoAmI`, and server reflection.

use portcullis::Principal;
use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Timestamp, Value};
use tonic::service::Routes;
use tonic::{Request, Response, Status};

use self::proto::who_am_i_server::{WhoAmI, WhoAmIServer};
use self::proto::{GetRequest, GetResponse};
use super::{caller, expiry};

/// What is made of `proto/`.
#[allow(missing_docs, unreachable_pub, unused_qualifications, clippy::all, reason = "generated code")]
mod proto {
    tonic::include_proto!("portcullis.whoami.v1");
}

const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/whoami.binpb"));

/// The name of the service.
pub(crate) const SERVICE: &str = proto::who_am_i_server::SERVICE_NAME;

/// The gRPC services behind the gate; other methods are UNIMPLEMENTED.
pub(super) fn routes() -> Routes {
    let mut routes = Routes::new(WhoAmIServer::new(Service));
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1();
    match reflection {
        Ok(reflection) => routes = routes.add_service(reflection),
        Err(error) => tracing::error!("there is no server reflection: {error}"),
    }
    routes.prepare()
}

struct Service;

#[tonic::async_trait]
impl WhoAmI for Service {
    async fn get(&self, request: Request<GetRequest>) -> Result<Response<GetResponse>, Status> {
        Ok(Response::new(caller(request.extensions())?.map(GetResponse::from).unwrap_or_default()))
    }
}

impl From<&Principal> for GetResponse {
    fn from(principal: &Principal) -> Self {
        Self {
            name: principal.name().to_owned(),
            backend: principal.backend().to_owned(),
            anonymous: principal.is_anonymous(),
            groups: principal.groups().map(str::to_owned).collect(),
            scopes: principal.scopes().map(str::to_owned).collect(),
            issuer: principal.issuer().map(str::to_owned),
            claims: Some(object(principal.claims())),
            expires_at: expiry(principal).map(|(_, since_epoch)| Timestamp {
                // Both are in range: the year has four digits.
                seconds: since_epoch.as_secs() as i64,
                nanos: since_epoch.subsec_nanos() as i32,
            }),
        }
    }
}

fn object(map: &serde_json::Map<String, serde_json::Value>) -> Struct {
    Struct { fields: map.iter().map(|(key, of)| (key.clone(), value(of))).collect() }
}

fn value(json: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    let kind = match json {
        Json::Null => Kind::NullValue(0),
        Json::Bool(bool) => Kind::BoolValue(*bool),
        Json::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => Kind::StringValue(text.clone()),
        Json::Array(values) => Kind::ListValue(ListValue { values: values.iter().map(value).collect() }),
        Json::Object(map) => Kind::StructValue(object(map)),
    };
    Value { kind: Some(kind) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_message_says_all_that_the_principal_does() {
        let principal = Principal::builder("alice")
            .backend("corp")
            .groups(["ops", "dev"])
            .scope("read")
            .issuer("https://id.example.test")
            .claim("team", json!({ "id": 7, "tags": ["a", null, true, 1.5] }))
            .expires_at(SystemTime::UNIX_EPOCH + Duration::new(1_800_000_000, 500))
            .build();
        let message = GetResponse::from(&principal);
        assert_eq!((message.name.as_str(), message.backend.as_str(), message.anonymous), ("alice", "corp", false));
        assert_eq!((message.groups, message.scopes), (vec!["ops".into(), "dev".into()], vec!["read".to_owned()]));
        assert_eq!(message.issuer.as_deref(), Some("https://id.example.test"));
        assert_eq!(message.expires_at, Some(Timestamp { seconds: 1_800_000_000, nanos: 500 }));
        assert_eq!(json_of(message.claims.unwrap()), json!({ "team": { "id": 7.0, "tags": ["a", null, true, 1.5] } }));
    }

    #[test]
    fn what_the_principal_does_not_say_is_absent() {
        let message = GetResponse::from(&Principal::builder("x").anonymous().build());
        assert!(message.anonymous);
        assert_eq!((message.issuer, message.expires_at), (None, None));
        assert_eq!(message.claims, Some(Struct::default()));
    }

    #[test]
    fn reflection_can_be_built() {
        let builder =
            || tonic_reflection::server::Builder::configure().register_encoded_file_descriptor_set(DESCRIPTORS);
        assert!(builder().build_v1().is_ok());
        assert!(builder().register_encoded_file_descriptor_set(b"no descriptors").build_v1().is_err());
    }

    /// The reverse of what is tested.
    fn json_of(message: Struct) -> serde_json::Value {
        fn of(value: Value) -> serde_json::Value {
            match value.kind.unwrap() {
                Kind::NullValue(_) => json!(null),
                Kind::BoolValue(bool) => json!(bool),
                Kind::NumberValue(number) => json!(number),
                Kind::StringValue(text) => json!(text),
                Kind::ListValue(list) => list.values.into_iter().map(of).collect(),
                Kind::StructValue(message) => json_of(message),
            }
        }
        message.fields.into_iter().map(|(key, value)| (key, of(value))).collect()
    }
}
