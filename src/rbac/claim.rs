//! What a subject asks of a claim.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What a binding asks of a claim: that it is there (`"*"`), or that it is a certain string, integer or boolean, or has it among its
/// elements.
///
/// ```
/// use portcullis::rbac::ClaimTest;
/// use serde_json::json;
///
/// let payroll = ClaimTest::Text("payroll".to_owned());
/// assert!(payroll.fits(&json!("payroll")) && payroll.fits(&json!(["ops", "payroll"])));
/// assert!(!payroll.fits(&json!("payroll, ops")) && !payroll.fits(&json!({ "payroll": true })));
/// for there in [json!(false), json!(0), json!(""), json!([]), json!([null]), json!({})] {
///     assert!(ClaimTest::Present.fits(&there));
/// }
/// assert!(!ClaimTest::Present.fits(&json!(null)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimTest {
    /// `"*"`: any value but null, so `false`, `0`, `""`, `[]` and `{}` too.
    Present,
    /// This string. In a file, it is not empty and has no `*`.
    Text(String),
    /// This whole number. A number with a fraction, were it `.0`, is none.
    Integer(i64),
    /// `true` or `false`.
    Boolean(bool),
}

impl ClaimTest {
    /// Whether the claim's value is what is asked for.
    #[must_use]
    pub fn fits(&self, value: &Value) -> bool {
        match value {
            Value::Array(elements) if *self != Self::Present => elements.iter().any(|element| self.is(element)),
            value => self.is(value),
        }
    }

    fn is(&self, value: &Value) -> bool {
        match self {
            Self::Present => !value.is_null(),
            Self::Text(text) => value.as_str() == Some(text),
            Self::Integer(integer) => value.as_i64() == Some(*integer),
            Self::Boolean(boolean) => value.as_bool() == Some(*boolean),
        }
    }
}

impl<'de> Deserialize<'de> for ClaimTest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TestVisitor)
    }
}

struct TestVisitor;

impl Visitor<'_> for TestVisitor {
    type Value = ClaimTest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, an integer or a boolean; `\"*\"` for any value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ClaimTest, E> {
        match text {
            "*" => Ok(ClaimTest::Present),
            // Whatever was to stand here is missing.
            "" => Err(E::invalid_value(Unexpected::Str(text), &self)),
            // It would be a wildcard elsewhere.
            text if text.contains('*') => Err(E::custom(
                "subjects have no wildcards; expected the whole text, or `\"*\"` alone for any value but null",
            )),
            text => Ok(ClaimTest::Text(text.to_owned())),
        }
    }

    fn visit_i64<E: Error>(self, integer: i64) -> Result<ClaimTest, E> {
        Ok(ClaimTest::Integer(integer))
    }

    fn visit_bool<E: Error>(self, boolean: bool) -> Result<ClaimTest, E> {
        Ok(ClaimTest::Boolean(boolean))
    }
}
