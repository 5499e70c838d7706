#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod backend;
mod config;
mod file;
mod groups_file;
mod hash;
mod hash_password;
mod hashing;
mod points;
mod snapshot;
mod store;
mod users_file;

pub use backend::Basic;
pub use config::{BasicConfig, UserHash};
pub use hash_password::{HashPasswordError, hash_password};
pub use hashing::Hashes;
pub use users_file::{BadLine, UsersFile};
