//! Claims that a token must have.

use std::fmt;

use portcullis_jwt::ClaimPath;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};

/// Paths, and what is to be found there; all of them. In the file, a table.
#[derive(Clone, Debug, Default)]
pub struct RequiredClaims(Vec<(ClaimPath, RequiredValue)>);

/// What a claim must be, or have among its elements if it is an array.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequiredValue {
    /// This boolean.
    Bool(bool),
    /// This whole number.
    Integer(i64),
    /// One of these strings.
    OneOf(Vec<String>),
}

impl RequiredClaims {
    /// Adds one.
    #[must_use]
    pub fn with(mut self, path: ClaimPath, value: RequiredValue) -> Self {
        self.0.push((path, value));
        self
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&ClaimPath, &RequiredValue)> {
        self.0.iter().map(|(path, value)| (path, value))
    }
}

impl<'de> Deserialize<'de> for RequiredClaims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Claims;

        impl<'de> Visitor<'de> for Claims {
            type Value = RequiredClaims;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of claims and their values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RequiredClaims, A::Error> {
                let mut claims = Vec::new();
                while let Some(claim) = map.next_entry()? {
                    claims.push(claim);
                }
                Ok(RequiredClaims(claims))
            }
        }

        deserializer.deserialize_map(Claims)
    }
}

impl<'de> Deserialize<'de> for RequiredValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Values;

        impl<'de> Visitor<'de> for Values {
            type Value = RequiredValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, a boolean, an integer, or several strings of which one is enough")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<RequiredValue, E> {
                Ok(RequiredValue::Bool(value))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<RequiredValue, E> {
                Ok(RequiredValue::Integer(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<RequiredValue, E> {
                i64::try_from(value)
                    .map(RequiredValue::Integer)
                    .map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<RequiredValue, E> {
                Ok(RequiredValue::OneOf(vec![value.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<RequiredValue, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = sequence.next_element()? {
                    values.push(value);
                }
                if values.is_empty() {
                    return Err(A::Error::invalid_length(0, &"at least one string: no token would have any of none"));
                }
                Ok(RequiredValue::OneOf(values))
            }
        }

        deserializer.deserialize_any(Values)
    }
}
