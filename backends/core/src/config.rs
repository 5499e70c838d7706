//! What the sections of several backends have in common, for their serde structs.
//!
//! ```
//! use std::time::Duration;
//!
//! use portcullis_core::Invalid;
//! use portcullis_core::config::{duration, number};
//!
//! #[derive(serde::Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct BadgeConfig {
//!     #[serde(deserialize_with = "duration::deserialize")]
//!     timeout: Duration,
//!     retries: usize,
//! }
//!
//! impl BadgeConfig {
//!     fn check(&self) -> Result<(), Invalid> {
//!         let timeouts = Duration::from_secs(1)..=Duration::from_secs(60);
//!         duration::bounded("timeout", self.timeout, timeouts)?;
//!         number::bounded("retries", self.retries, 0..=5)
//!     }
//! }
//!
//! let config: BadgeConfig = serde_json::from_str(r#"{ "timeout": "5m", "retries": 2 }"#).unwrap();
//! assert_eq!(config.check().unwrap_err().to_string(), "timeout: out of bounds; expected 1s to 1m");
//! assert!(serde_json::from_str::<BadgeConfig>(r#"{ "timeout": "5", "retries": 2 }"#).is_err());
//! ```

pub mod duration;
pub mod number;
pub mod text;
