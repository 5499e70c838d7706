//! The backend before an API server that says what a test wants.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api_server;
mod clusters;
mod forged;
mod kubeconfigs;
mod outage;
mod tokens;
