//! A [tower](https://docs.rs/tower) layer that tells any HTTP or gRPC service who is calling.
//!
//! An administrator picks the backends in a [file](config); [`Auth`] reads it, its
//! [layer](Auth::layer) verifies the credential of each request, remembers who it was, and hands
//! the service a [`Principal`]. Whoever is refused is answered in the transport's own form: HTTP,
//! gRPC or gRPC-web.
//!
//! ```
//! use http::{Request, Response};
//! use portcullis::{Auth, Principal};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let auth = Auth::from_toml("[[backend]]\nkind = 'anonymous'\ngroups = ['guests']").await?;
//! let service = auth.layer().layer(service_fn(async |request: Request<()>| {
//!     let principal = Principal::from_extensions(request.extensions())?;
//!     Ok::<_, portcullis::Rejection>(Response::new(principal.name().to_owned()))
//! }));
//! # let service = tower::ServiceBuilder::new().service(service);
//! let response = service.oneshot(Request::new(())).await?;
//! assert_eq!(response.status(), 200);
//! # Ok(())
//! # }
//! ```
//!
//! - In axum (feature `axum`), a handler takes a [`Principal`], or an `Option<Principal>`.
//! - In tonic (feature `tonic`), `Principal::from_extensions(request.extensions())?` gives it, and a
//!   [`Rejection`] becomes a `tonic::Status`.
//! - In the test of a handler, [`Auth::fixed`] takes everybody for one principal.
//! - What callers may do stands in the same file: [routes](route) say what a request needs, [roles](rbac) who has leave for it. A
//!   handler takes a [`Permit`], or asks its [`Authorization`]; [`RequireLayer`] asks for a whole service.
//! - A backend of your own implements [`Backend`] and is [registered](AuthBuilder::register).
//!
//! The library needs a tokio runtime with time enabled. `Principal`, `Backend` and whatever else a
//! backend needs are those of [`portcullis_core`].
//!
//! | feature | brings |
//! |---|---|
//! | `basic` (default) | the backend of that kind: users and groups files, Argon2 and bcrypt |
//! | `oidc` | the backend of that kind: bearer tokens of OpenID providers, JWT and opaque |
//! | `kerberos` | the backend of that kind: Kerberos tickets in SPNEGO. It takes the headers of MIT krb5, and libclang |
//! | `kubernetes` | the backend of that kind: TokenReview, and SubjectAccessReview. The program must choose a version of `k8s-openapi` |
//! | `ldap` | the backend of that kind, and `[[directory]]`: passwords, groups and barred accounts of LDAP servers |
//! | `webhook` | signatures of webhooks as credentials: GitHub, GitLab, Bitbucket, and HMAC of others, in a field of its own |
//! | `axum` | the extractors, and [`Rejection`] as a response |
//! | `tonic` | [`Rejection`] as a `tonic::Status` |
//! | `full` | all of these but `kerberos` |
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod audit;
mod auth;
mod body;
mod bounded;
mod builder;
mod cache;
mod chain;
pub mod config;
mod cross_site;
mod extraction;
mod future;
mod gate;
mod layer;
pub mod rbac;
mod rejected;
mod rejection;
mod require;
mod resource_metadata;
pub mod route;
mod service;
mod verifier;
#[cfg(feature = "webhook")]
pub mod webhook;

pub use portcullis_core::*;

pub use auth::Auth;
pub use body::ResponseBody;
pub use builder::AuthBuilder;
pub use cache::counters::Counters;
pub use cache::revocations::{Revocation, RevocationsFull};
pub use config::ConfigError;
pub use future::ResponseFuture;
pub use layer::AuthLayer;
pub use require::{RequireFuture, RequireLayer, RequireService};
pub use resource_metadata::ResourceMetadata;
pub use service::AuthService;
#[cfg(feature = "webhook")]
pub use webhook::WebhookLayer;

/// The users file's backend, for what is beyond its section of the file.
#[cfg(feature = "basic")]
pub use portcullis_basic as basic;

/// The backend of Kerberos tickets, for what is beyond its section of the file.
#[cfg(feature = "kerberos")]
pub use portcullis_kerberos as kerberos;

/// The backend of Kubernetes tokens, for what is beyond its section of the file.
#[cfg(feature = "kubernetes")]
pub use portcullis_kubernetes as kubernetes;

/// The directories by LDAP and the backend of their passwords, for what is beyond their sections of the file.
#[cfg(feature = "ldap")]
pub use portcullis_ldap as ldap;

/// The backend of OpenID providers, for what is beyond its section of the file.
#[cfg(feature = "oidc")]
pub use portcullis_oidc as oidc;

#[cfg(test)]
mod tests;

/// What the README shows compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
