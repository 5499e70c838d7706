#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod backend;
mod cache_control;
mod checked;
mod config;
mod endpoint;
mod http;
mod introspection;
mod issuer;
mod mapping;
mod metadata;
mod origin;

pub use backend::Oidc;
pub use config::{IntrospectionConfig, OidcConfig, RequiredClaims, RequiredValue};
pub use metadata::{BadMetadata, ProviderMetadata};
/// The types of the config's keys.
pub use portcullis_jwt::{Algorithm, ClaimPath, TokenType};
