//! Numbers that have bounds.

use std::ops::RangeInclusive;

use crate::Invalid;

/// Whether a number is within these bounds.
///
/// # Errors
///
/// [`Invalid`] names `key` and the bounds if it is not.
pub fn bounded(key: &str, number: usize, bounds: RangeInclusive<usize>) -> Result<(), Invalid> {
    if bounds.contains(&number) {
        return Ok(());
    }
    let (least, most) = bounds.into_inner();
    Err(Invalid::new(key, "out of bounds").expected(format!("{least} to {most}")))
}
