//! YAML, with the place of everything.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::NonFiniteFloatPolicy;
use serde_saphyr::{Error, Spanned};
use zeroize::Zeroizing;

use super::draft::{shown, visible};
use super::source::Source;
use crate::failure::Failure;

mod item;

pub(crate) use self::item::Item;

/// Levels in each other. A manifest around the configuration has some ten.
const MAX_DEPTH: usize = 48;

/// A value. It may hold a password, and so it has no `Debug`.
pub(crate) struct Node {
    line: u64,
    column: u64,
    content: Content,
}

enum Content {
    Null,
    Flag(bool),
    /// How it was written is no longer known.
    Number,
    Text(Zeroizing<String>),
    List(Vec<Node>),
    Mapping(Vec<(String, Node)>),
}

impl Node {
    /// Reads one document. An error shows its place, and nothing of it.
    pub(crate) fn parse(source: &Source) -> Result<Self, Failure> {
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_depth: MAX_DEPTH },
            // `on` and `y` are names like any other, as Go's readers have it.
            strict_booleans: true,
            non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
            // They would quote the text.
            with_snippet: false,
        };
        serde_saphyr::from_str_with_options(source.text(), options).map_err(|error| {
            let problem = problem(&error);
            match error.location() {
                Some(at) => source.wrong_at(at.line(), at.column(), problem),
                None => source.wrong(problem),
            }
        })
    }

    /// The document, for whoever looks into it.
    pub(crate) fn root<'a>(&'a self, source: &'a Source) -> Item<'a> {
        Item::root(self, source)
    }
}

/// The parser's own words may quote the text.
fn problem(error: &Error) -> String {
    match error {
        Error::MultipleDocuments { .. } => {
            "a second document begins; give the one that is to be imported alone".to_owned()
        }
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().map(|key| format!(" {}", shown(key))).unwrap_or_default();
            format!("the key{key} is there twice; remove one")
        }
        Error::Budget { .. } => "too large, or too deeply nested, for a configuration".to_owned(),
        Error::Eof { .. } => "it is empty".to_owned(),
        _ => "not YAML; a value with special characters (`*`, `&`, `!`, `%`, `@`, `: `, ` #`) is written in quotes"
            .to_owned(),
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, referenced, .. } = Spanned::<Content>::deserialize(deserializer)?;
        Ok(Self { line: referenced.line(), column: referenced.column(), content: value })
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Content, E> {
        Ok(Content::Flag(flag))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Content, E> {
        Ok(Content::Number)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Content, E> {
        Ok(Content::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Content, E> {
        Ok(Content::Number)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Content, E> {
        Ok(Content::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Content, E> {
        Ok(Content::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<Content, E> {
        Ok(Content::Text(Zeroizing::new(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Content, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        Ok(Content::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Content, A::Error> {
        let mut mapping = Vec::new();
        while let Some(member) = members.next_entry()? {
            mapping.push(member);
        }
        Ok(Content::Mapping(mapping))
    }
}

#[cfg(test)]
mod tests;
