#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod access_review;
mod backend;
mod checked;
mod cluster;
mod config;
mod issuers;
#[doc(hidden)]
pub mod kubeconfig_header;
mod local;
mod mapping;
mod origin;
mod review;

pub use access_review::{AccessReviewConfig, ActAs};
pub use backend::Kubernetes;
pub use config::{KubernetesConfig, Verify};
