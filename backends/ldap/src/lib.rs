#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod account;
mod ber;
mod cache;
mod checked;
mod config;
mod connection;
mod deadline;
mod directory;
#[doc(hidden)]
pub mod dn;
mod entry;
mod escape;
mod failure;
#[doc(hidden)]
pub mod filter;
mod generations;
mod groups;
mod lookup;
mod password;
mod plan;
mod pool;
#[cfg(test)]
mod responder;
mod server;
mod servers;
#[doc(hidden)]
pub mod template;
mod tls;
mod troubles;
mod users;

pub use config::{DirectoryConfig, Find, GroupsConfig, LdapConfig, Unknown, UsersConfig};
pub use directory::LdapDirectory;
pub use password::Ldap;
