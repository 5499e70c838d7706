//! JSON numbers.

use std::str::FromStr;

use serde_json::Value;

use super::BadJson;

/// A JSON number: exact as far as 64 bits go, else the nearest `f64`. Never infinite, never NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Number {
    /// A whole number from 0.
    Unsigned(u64),
    /// A whole number below 0.
    Negative(i64),
    /// A fraction, a number with an exponent, or one too great for 64 bits.
    Float(f64),
}

impl Number {
    /// The number of this text, which has the form of a JSON number.
    pub(super) fn of(text: &str, whole: bool) -> Result<Self, BadJson> {
        if whole {
            if let Ok(number) = u64::from_str(text) {
                return Ok(Self::Unsigned(number));
            }
            if let Ok(number @ ..0) = i64::from_str(text) {
                return Ok(Self::Negative(number));
            }
        }
        match f64::from_str(text) {
            Ok(number) if number.is_finite() => Ok(Self::Float(number)),
            _ => Err(BadJson::NumberOutOfRange),
        }
    }

    /// The number, if it was written as a whole number from 0 that 64 bits hold.
    #[must_use]
    pub const fn as_u64(self) -> Option<u64> {
        if let Self::Unsigned(number) = self { Some(number) } else { None }
    }

    /// The nearest `f64`.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the nearest one is what is asked for")]
    pub const fn as_f64(self) -> f64 {
        match self {
            Self::Unsigned(number) => number as f64,
            Self::Negative(number) => number as f64,
            Self::Float(number) => number,
        }
    }

    pub(super) fn to_value(self) -> Value {
        match self {
            Self::Unsigned(number) => number.into(),
            Self::Negative(number) => number.into(),
            Self::Float(number) => number.into(),
        }
    }
}
