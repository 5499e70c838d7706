//! Why a value does not fit the type that is to hold it.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::closest::closest;
use super::key::Step;

/// An error of the [`Reader`](super::reader::Reader). Unlike an error that is one text, it can be
/// shown without the value.
#[derive(Debug)]
pub(super) struct Fault {
    /// From the value outward, so the last step comes first.
    path: Vec<Step>,
    pub(super) cause: Cause,
}

#[derive(Debug)]
pub(super) enum Cause {
    /// A key that the struct does not know.
    UnknownKey {
        known: &'static [&'static str],
    },
    /// A word, or the key of a table that stands for an enum.
    UnknownVariant {
        known: &'static [&'static str],
        meant: Option<&'static str>,
    },
    /// A key that the struct needs.
    MissingKey,
    /// The message of somebody's own check, which may quote the value.
    Custom {
        message: String,
    },
    Other {
        problem: String,
        expected: Option<String>,
    },
}

impl Fault {
    pub(super) fn new(cause: Cause) -> Self {
        Self { path: Vec::new(), cause }
    }

    pub(super) fn other(problem: impl Into<String>, expected: Option<String>) -> Self {
        Self::new(Cause::Other { problem: problem.into(), expected })
    }

    pub(super) fn wrong_type(found: &str, expected: &dyn Expected) -> Self {
        Self::other(format!("wrong type: {found}"), Some(plain(expected)))
    }

    /// The same fault, seen from where `step` leads to it.
    pub(super) fn below(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }

    /// The same fault, where what does not fit is not the value of `key` but the key.
    pub(super) fn of_key(mut self, key: &str) -> Self {
        if let Cause::UnknownVariant { known, .. } = self.cause {
            let problem = unknown("key", key, known.iter().copied());
            self.cause = Cause::Other { problem, expected: Some(variants_of(known)) };
        }
        if self.path.is_empty() { self.below(Step::Key(key.to_owned())) } else { self }
    }

    /// The steps from the section inward.
    pub(super) fn path(&self) -> Vec<Step> {
        self.path.iter().rev().cloned().collect()
    }
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Cause::Custom { message: message.to_string() })
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::wrong_type(type_name(found), expected)
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::other("wrong value", Some(plain(expected)))
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::other("wrong length", Some(plain(expected)))
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        Self::new(Cause::UnknownVariant { known, meant: closest(variant, known.iter().copied()) })
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        Self::new(Cause::UnknownKey { known }).below(Step::Key(key.to_owned()))
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(Cause::MissingKey).below(Step::Key(key.to_owned()))
    }

    fn duplicate_field(key: &'static str) -> Self {
        Self::other("given twice, under two names", None).below(Step::Key(key.to_owned()))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.cause)
    }
}

impl std::error::Error for Fault {}

/// Whether these are the variants of [`Secret`](portcullis_core::Secret).
pub(super) fn is_secret(variants: &[&str]) -> bool {
    variants == ["env", "file"]
}

/// What can stand for one of these variants.
pub(super) fn variants_of(variants: &[&'static str]) -> String {
    match is_secret(variants) {
        true => r#"`{ env = "NAME" }` or `{ file = "path" }`"#.to_owned(),
        false => one_of(variants.iter().copied()),
    }
}

/// "unknown key", with what may have been meant.
pub(super) fn unknown<'a>(what: &str, given: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    unknown_but(what, closest(given, known))
}

pub(super) fn unknown_but(what: &str, meant: Option<&str>) -> String {
    match meant {
        Some(meant) => format!("unknown {what} (did you mean `{meant}`?)"),
        None => format!("unknown {what}"),
    }
}

/// The words that could have stood there.
pub(super) fn one_of<'a>(known: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<_> = known.into_iter().map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [] => "none".to_owned(),
        [word] => word.clone(),
        words => format!("one of {}", words.join(", ")),
    }
}

/// TOML's word for it, and never the value.
fn type_name(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "integer",
        Unexpected::Float(_) => "float",
        Unexpected::Str(_) | Unexpected::Char(_) => "string",
        Unexpected::Seq => "array",
        Unexpected::Map => "table",
        Unexpected::Unit | Unexpected::Option => "nothing",
        // Other kinds of value are described in somebody else's words.
        _ => "value",
    }
}

/// What serde expects, in words that do not speak of Rust.
fn plain(expected: &dyn Expected) -> String {
    let expected = expected.to_string();
    match expected.as_str() {
        "a boolean" => "`true` or `false`",
        "path string" => "a path",
        "a sequence" => "an array",
        "a map" => "a table",
        "newtype variant" | "struct variant" => "a table with that key",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "u128" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        other if other.starts_with("struct ") => "a table",
        _ => return expected,
    }
    .to_owned()
}
