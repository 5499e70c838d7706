//! YAML into a [`Document`], with a bound to everything.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::{MergeKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Error, Options};

use super::Document;
use crate::kubeconfig_header::Refused;

/// Levels in each other. Kubeconfigs have seven, and a few more in the extensions of others; each takes 20 KiB of stack in
/// a program that is not optimised.
const MAX_DEPTH: usize = 16;

pub(super) fn read(text: &str) -> Result<Document<'_>, Refused> {
    // The parser leaves out what follows such a line if it cannot read it.
    if text.split(['\n', '\r']).any(|line| line.starts_with("...")) {
        return Err(Refused::SeveralDocuments);
    }
    serde_saphyr::from_str_with_options(text, options()).map_err(|error| refused(&error))
}

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            // Without anchors there is nothing that an alias could repeat.
            max_anchors: 0,
            max_depth: MAX_DEPTH,
        },
        merge_keys: MergeKeyPolicy::Error,
        reject_unsupported_tags: true,
        // Numbers are not looked at.
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        // They would quote the text.
        with_snippet: false,
    }
}

fn refused(error: &Error) -> Refused {
    match error {
        Error::DuplicateMappingKey { .. } => Refused::DuplicateName,
        Error::MergeKeyNotAllowed { .. } => Refused::MergeKey,
        Error::MultipleDocuments { .. } => Refused::SeveralDocuments,
        Error::UnknownAnchor { .. } => Refused::Alias,
        Error::Budget { breach, .. } => match breach {
            BudgetBreach::Anchors { .. } => Refused::Alias,
            BudgetBreach::Depth { .. } => Refused::TooDeep,
            _ => Refused::NotYaml,
        },
        _ => Refused::NotYaml,
    }
}

impl<'de> Deserialize<'de> for Document<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Value)
    }
}

struct Value;

impl<'de> Visitor<'de> for Value {
    type Value = Document<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Document::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Document::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Document::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Document::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Document::Other)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Document::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Document::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Document::Text(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = values.next_element()? {
            list.push(value);
        }
        Ok(Document::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut mapping = Vec::new();
        while let Some((Name(name), value)) = members.next_entry()? {
            mapping.push((name, value));
        }
        Ok(Document::Mapping(mapping))
    }
}

/// A key, which is text, whatever it could be besides.
struct Name<'t>(Cow<'t, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Text)
    }
}
