#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod authorization;
mod backend;
mod challenge;
mod clock;
pub mod config;
mod credential;
mod directory;
mod extract;
mod head;
mod invalid;
mod login;
mod peer;
mod principal;
mod rejection;
mod reply;
mod scheme;
mod secret;
mod sid;
#[cfg(feature = "single-flight")]
pub mod single_flight;
mod verdict;
#[cfg(feature = "watch")]
mod watch;

pub use async_trait::async_trait;
/// What a [`Secret`] is read into: zeroized when it is dropped, and redacted in `Debug`.
pub use secrecy::{ExposeSecret, SecretString};

pub use authorization::{
    Action, ActionTarget, Authorization, Authorizer, Authorizers, DecidedBy, Decision, ExtraGrant, Grantee, Permission,
    Permit, ResourceAttributes,
};
pub use backend::{Backend, OPAQUE_TOKENS, Occasion, Reuse};
pub use challenge::Challenge;
pub use clock::{Clock, ManualClock, Moment};
pub use credential::{Credential, Malformed, Source};
pub use directory::{Directory, Membership, Standing};
pub use extract::Unidentified;
pub use head::Head;
pub use invalid::Invalid;
pub use login::{InvalidLogin, Login};
pub use peer::Peer;
pub use principal::{Principal, PrincipalBuilder};
pub use rejection::{Rejection, RejectionKind, Style};
pub use reply::Reply;
pub use scheme::Scheme;
pub use secret::Secret;
pub use sid::Sid;
pub use verdict::{Accepted, NotMine, Refusal, Unavailable, Verdict};
#[cfg(feature = "watch")]
pub use watch::Watch;
