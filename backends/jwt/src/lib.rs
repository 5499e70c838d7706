#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod algorithm;
mod base64url;
mod claim_path;
mod claims;
mod fault;
mod header;
mod json;
mod key_set;
mod live;
mod numeric_date;
mod rules;
mod token;
mod token_type;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use claim_path::{BadClaimPath, ClaimPath};
pub use claims::{Audiences, Claims};
pub use fault::{Fault, FaultKind};
pub use header::Header;
pub use json::{BadJson, Json, Number};
pub use key_set::{BadKeySet, KeySet};
pub use live::{AfterUnknown, Away, FetchError, Fetched, Freshness, KeyOrigin, LiveKeys, Status, Why};
pub use numeric_date::NumericDate;
pub use rules::{Rules, Times};
pub use token::{Scratch, Token, looks_like_jwt};
pub use token_type::TokenType;
