//! JSON or YAML, as far as a kubeconfig needs it.

mod yaml;

use std::borrow::Cow;

use portcullis_jwt::{BadJson, Json};

use super::Refused;

/// A value that borrows from the text where it can.
#[derive(Debug, PartialEq)]
pub(super) enum Document<'t> {
    Null,
    Text(Cow<'t, str>),
    /// A truth value or a number. Nothing that is looked at is one.
    Other,
    List(Vec<Self>),
    Mapping(Vec<(Cow<'t, str>, Self)>),
}

impl<'t> Document<'t> {
    /// What begins with a brace is JSON, in which every tool writes it; YAML's own mappings in braces are not taken.
    pub(super) fn json_or_yaml(text: &'t str) -> Result<Self, Refused> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim_start().starts_with('{') { Self::json(text) } else { Self::yaml(text) }
    }

    /// The parser is the one that tokens are read with: it refuses duplicate names, and no feature of another crate
    /// changes what it reads.
    pub(super) fn json(text: &'t str) -> Result<Self, Refused> {
        Json::parse(text).map(Self::from).map_err(|bad| match bad {
            BadJson::DuplicateName => Refused::DuplicateName,
            BadJson::TooDeep => Refused::TooDeep,
            _ => Refused::NotJson,
        })
    }

    /// One document of YAML without what a kubeconfig has no use for: anchors, aliases, merge keys and tags of one's own.
    pub(super) fn yaml(text: &'t str) -> Result<Self, Refused> {
        let document = yaml::read(text)?;
        // `!!str kind` and `kind` are one name, and two keys.
        if document.has_duplicate_names() { Err(Refused::DuplicateName) } else { Ok(document) }
    }

    /// Go writes empty strings and nulls for what is not set.
    pub(super) fn is_absent(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            _ => false,
        }
    }

    /// The members of a mapping; null has none.
    pub(super) fn members(&self) -> Result<&[(Cow<'t, str>, Self)], Refused> {
        match self {
            Self::Mapping(members) => Ok(members),
            Self::Null => Ok(&[]),
            _ => Err(Refused::Malformed),
        }
    }

    /// The member of this name, unless it is absent.
    pub(super) fn member(&self, name: &str) -> Result<Option<&Self>, Refused> {
        let found = self.members()?.iter().find(|(own, _)| own == name);
        Ok(found.map(|(_, value)| value).filter(|value| !value.is_absent()))
    }

    /// The member's text, unless it is absent.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Refused> {
        match self.member(name)? {
            None => Ok(None),
            Some(Self::Text(text)) => Ok(Some(text)),
            Some(_) => Err(Refused::Malformed),
        }
    }

    fn has_duplicate_names(&self) -> bool {
        match self {
            Self::List(values) => values.iter().any(Self::has_duplicate_names),
            Self::Mapping(members) => {
                occurs_twice(members.iter().map(|(name, _)| name))
                    || members.iter().any(|(_, value)| value.has_duplicate_names())
            }
            _ => false,
        }
    }
}

impl<'t> From<Json<'t>> for Document<'t> {
    fn from(json: Json<'t>) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::String(text) => Self::Text(text),
            Json::Bool(_) | Json::Number(_) => Self::Other,
            Json::Array(values) => Self::List(values.into_iter().map(Self::from).collect()),
            Json::Object(members) => {
                Self::Mapping(members.into_iter().map(|(name, value)| (name, value.into())).collect())
            }
        }
    }
}

/// Whether two of the names are equal. They are sorted: there may be thousands.
pub(super) fn occurs_twice<N: Ord>(names: impl Iterator<Item = N>) -> bool {
    let mut names: Vec<N> = names.collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair[0] == pair[1])
}
