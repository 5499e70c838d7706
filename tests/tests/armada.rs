//! The Armada example, called by Armada's own clients and by curl: over gRPC and over REST, with each of the methods that
//! Armada's document has.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "armada/bounds.rs"]
mod bounds;
#[path = "armada/clients.rs"]
mod clients;
#[path = "armada/commands.rs"]
mod commands;
#[path = "armada/decisions.rs"]
mod decisions;
#[path = "armada/gateway.rs"]
mod gateway;
#[path = "armada/grants.rs"]
mod grants;
#[path = "armada/kerberos.rs"]
mod kerberos;
#[path = "armada/service.rs"]
mod service;
#[path = "armada/tokens.rs"]
mod tokens;
