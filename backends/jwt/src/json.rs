//! JSON values that borrow from the text they were read from, and in which no name occurs twice.

mod number;
mod parser;
mod text;

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

pub use number::Number;

pub(crate) use parser::mark;

use parser::Parser;

/// How deep arrays and objects may lie in each other.
pub(crate) const MAX_DEPTH: usize = 64;

/// A JSON value (RFC 8259), borrowing its strings from the text where they have no escapes.
///
/// The parser is the crate's own, so that no feature that somebody enables in `serde_json` (`arbitrary_precision`, for
/// one) changes what a token says. It refuses duplicate names at any depth (RFC 7519, section 4, leaves a choice between
/// that and taking the last), more than 64 levels, and numbers that no `f64` holds.
///
/// ```
/// use portcullis_jwt::{BadJson, Json};
///
/// let json = Json::parse(r#"{ "sub": "alice", "roles": ["ops"] }"#)?;
/// assert_eq!(json.get("sub").and_then(Json::as_str), Some("alice"));
/// assert_eq!(Json::parse(r#"{ "sub": "alice", "sub": "root" }"#), Err(BadJson::DuplicateName));
/// # Ok::<(), BadJson>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[repr(usize)]
pub enum Json<'t> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string, without its escapes.
    String(Cow<'t, str>),
    /// An array.
    Array(Vec<Json<'t>>),
    /// An object, its members in the order of the text.
    Object(Vec<(Cow<'t, str>, Json<'t>)>),
}

impl<'t> Json<'t> {
    /// Reads one JSON value, with nothing but white space around it.
    ///
    /// # Errors
    /// [`BadJson`] if the text is anything else, or has a name twice in one object.
    pub fn parse(text: &'t str) -> Result<Self, BadJson> {
        Parser::new(text).only_value()
    }

    /// Like [`parse`](Self::parse), with all the members of the same name in their places: for documents in which one
    /// bad part must not hurt the others. Whoever uses a part asks [`has_duplicates`](Self::has_duplicates).
    pub(crate) fn parse_with_duplicates(text: &'t str) -> Result<Self, BadJson> {
        Parser::new(text).with_duplicates().only_value()
    }

    /// Whether a name occurs twice in this value or anywhere below.
    pub(crate) fn has_duplicates(&self) -> bool {
        match self {
            Self::Array(values) => values.iter().any(Self::has_duplicates),
            Self::Object(members) => {
                parser::a_name_occurs_twice(members) || members.iter().any(|(_, value)| value.has_duplicates())
            }
            _ => false,
        }
    }

    /// The member of this name, if this is an object that has one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(string) = self { Some(string) } else { None }
    }

    /// The truth value, if it is one.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(bool) = self { Some(*bool) } else { None }
    }

    /// The number, if it is one.
    #[must_use]
    pub const fn as_number(&self) -> Option<Number> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// The elements, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(values) = self { Some(values) } else { None }
    }

    /// The members, if it is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&[(Cow<'t, str>, Self)]> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// The same as an owned value of `serde_json`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(bool) => Value::Bool(*bool),
            Self::Number(number) => number.to_value(),
            Self::String(string) => Value::String(string.as_ref().to_owned()),
            Self::Array(values) => values.iter().map(Self::to_value).collect(),
            Self::Object(members) => Value::Object(
                members.iter().map(|(name, value)| (name.as_ref().to_owned(), value.to_value())).collect(),
            ),
        }
    }
}

/// Why a text is not the JSON that this crate takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadJson {
    /// It is not JSON (RFC 8259).
    Syntax,
    /// An object has two members of one name.
    DuplicateName,
    /// More than 64 arrays and objects lie in each other.
    TooDeep,
    /// A number is greater than any `f64`.
    NumberOutOfRange,
}

impl BadJson {
    /// What is wrong, in words that hold no part of the text.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Syntax => "not JSON",
            Self::DuplicateName => "JSON with a name twice in one object",
            Self::TooDeep => "JSON nested too deeply",
            Self::NumberOutOfRange => "JSON with a number out of range",
        }
    }
}

impl fmt::Display for BadJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl std::error::Error for BadJson {}

#[cfg(test)]
mod tests;
