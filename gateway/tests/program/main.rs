//! The program as a whole, over sockets: what needs nothing but a Rust toolchain.

#![forbid(unsafe_code)]
// The whole crate is a test, which clippy does not see of what stands beside the tests' functions.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(unix)]
mod bounds;
mod client;
mod commands;
mod ending;
mod grpc;
mod http;
mod program;
mod tls;
