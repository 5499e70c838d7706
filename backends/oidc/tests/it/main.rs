//! The backend against providers over HTTP.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod faults;
mod introspection;
mod keys;
mod process;
mod provider;
mod tls;
mod tokens;
