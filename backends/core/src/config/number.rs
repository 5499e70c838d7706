//! Numbers that have bounds.

use std::ops::RangeInclusive;

use crate::Invalid;

/// What is wrong with a number that is out of these bounds.
#[must_use]
pub fn bounded(key: &str, number: usize, bounds: RangeInclusive<usize>) -> Option<Invalid> {
    (!bounds.contains(&number)).then(|| {
        let (least, most) = bounds.into_inner();
        Invalid::new(key, "out of bounds").expected(format!("{least} to {most}"))
    })
}
