#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod audit;
mod auth;
mod body;
mod builder;
mod cache;
mod chain;
mod clock;
pub mod config;
mod cross_site;
mod extraction;
mod future;
mod gate;
mod layer;
mod rejection;
mod service;
mod verifier;

pub use portcullis_core::*;

pub use auth::Auth;
pub use body::ResponseBody;
pub use builder::AuthBuilder;
pub use cache::counters::Counters;
pub use cache::revocations::{Revocation, RevocationsFull};
pub use clock::{Clock, ManualClock};
pub use config::ConfigError;
pub use future::ResponseFuture;
pub use layer::AuthLayer;
pub use service::AuthService;

/// The users file's backend, for what is beyond its section of the file.
#[cfg(feature = "basic")]
pub use portcullis_basic as basic;

#[cfg(test)]
mod tests;
