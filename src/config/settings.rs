//! What the sections that are not backends have in common.

use portcullis_core::Invalid;
use serde::de::DeserializeOwned;

/// A section that may be absent.
pub(super) trait Settings: DeserializeOwned {
    /// What the file calls it.
    const SECTION: &'static str;

    /// What is wrong with values that are of the right type.
    fn check(&self) -> Vec<Invalid>;
}
