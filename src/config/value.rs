//! A TOML value that knows where it stands, and needs the text no longer.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Problem;
use super::source::Source;

#[derive(Clone)]
pub(super) struct Value {
    /// The byte where it begins; of a table with a header, where the header begins.
    pub(super) start: usize,
    pub(super) content: Content,
}

#[derive(Clone)]
pub(super) enum Content {
    String(String),
    /// None if it is too large to be read.
    Integer(Option<i128>),
    Float(f64),
    Boolean(bool),
    Datetime,
    Array(Vec<Value>),
    Table(Members),
}

pub(super) type Members = BTreeMap<String, Member>;

/// A key of a table.
#[derive(Clone)]
pub(super) struct Member {
    /// The byte where the key begins.
    pub(super) start: usize,
    pub(super) value: Value,
}

impl Content {
    /// TOML's word for it.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::String(_) => "string",
            Self::Integer(_) => "integer",
            Self::Float(_) => "float",
            Self::Boolean(_) => "boolean",
            Self::Datetime => "date or time",
            Self::Array(_) => "array",
            Self::Table(_) => "table",
        }
    }
}

impl Member {
    /// What stands under the headers `[[section]]`.
    pub(super) fn array(&self, source: &Source, section: &str) -> Result<&[Value], Problem> {
        if let Content::Array(array) = &self.value.content {
            return Ok(array);
        }
        let problem = format!("wrong type: {}", self.value.content.type_name());
        let problem = source.problem(self.start, section.to_owned(), problem);
        Err(Problem { expected: Some(format!("one or more `[[{section}]]`")), ..problem })
    }
}

pub(super) fn members(table: DeTable<'_>) -> Members {
    let member = |key: &Spanned<_>, value| Member { start: key.span().start, value: Value::from(value) };
    table.into_iter().map(|(key, value)| (key.get_ref().clone().into_owned(), member(&key, value))).collect()
}

impl From<Spanned<DeValue<'_>>> for Value {
    fn from(value: Spanned<DeValue<'_>>) -> Self {
        let start = value.span().start;
        let content = match value.into_inner() {
            DeValue::String(text) => Content::String(text.into_owned()),
            DeValue::Integer(integer) => Content::Integer(i128::from_str_radix(integer.as_str(), integer.radix()).ok()),
            // What is no number to Rust is none to anybody who reads the value.
            DeValue::Float(float) => Content::Float(float.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(boolean) => Content::Boolean(boolean),
            DeValue::Datetime(_) => Content::Datetime,
            DeValue::Array(array) => Content::Array(array.into_iter().map(Self::from).collect()),
            DeValue::Table(table) => Content::Table(members(table)),
        };
        Self { start, content }
    }
}
