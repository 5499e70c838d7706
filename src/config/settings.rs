//! What the sections that are not backends have in common.

use std::ops::RangeInclusive;

use portcullis_core::Invalid;
use serde::de::DeserializeOwned;

/// A section that may be absent.
pub(super) trait Settings: DeserializeOwned {
    /// What the file calls it.
    const SECTION: &'static str;

    /// What is wrong with values that are of the right type.
    fn check(&self) -> Vec<Invalid>;
}

/// What is wrong with a number that is out of these bounds.
pub(super) fn bounded(key: &str, number: usize, bounds: RangeInclusive<usize>) -> Option<Invalid> {
    (!bounds.contains(&number)).then(|| {
        let (least, most) = bounds.into_inner();
        Invalid::new(key, "out of bounds").expected(format!("{least} to {most}"))
    })
}
