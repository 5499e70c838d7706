//! What a rule may name: words, resources and URLs, with their wildcards.

use std::fmt;

use portcullis_core::config::text;
use serde::{Deserialize, Deserializer};

mod resource;

pub use resource::ResourcePattern;
pub(crate) use resource::{ResourceParts, Subresource};

/// Bytes. Kubernetes' longest name has 253.
const MAX_LEN: usize = 1024;

/// What a pattern of one word means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form<'a> {
    /// `*`: everything, also what an action does not say.
    Any,
    /// `dag-*`: whatever begins with this, which is not empty.
    Prefix(&'a str),
    /// This very word, which is not empty.
    Word(&'a str),
}

/// A verb, a namespace or a name, as a rule has it.
///
/// - `*` fits everything, also what an action does not say.
/// - `team-*` fits whatever begins with `team-`, and `team-` itself.
/// - Anything else fits itself alone. Upper and lower case are different.
///
/// It is 1 to 1024 bytes long, without control characters and without white space at either end. A `*` anywhere but at the
/// end is refused, since it would not mean what it does elsewhere.
///
/// ```
/// use portcullis::rbac::Pattern;
///
/// let team = Pattern::parse("team-*").unwrap();
/// assert!(team.fits("team-blue") && !team.fits("teams") && !team.fits(""));
/// assert!(Pattern::parse("*").unwrap().fits(""));
/// assert!(Pattern::parse("te*m").is_none());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(Box<str>);

/// The path of a URL that stands for no resource, as a rule has it: `/metrics`; `/api/*`, which is whatever begins with
/// `/api/`, and not `/api`; or `*`, every path.
///
/// It begins with `/`, and a `*` follows a `/`, so that `/api*` is not taken for what it would be, `/apish` too.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UrlPattern(Box<str>);

impl Form<'_> {
    pub(crate) fn fits(self, word: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Prefix(prefix) => word.starts_with(prefix),
            Self::Word(itself) => word == itself,
        }
    }
}

impl Pattern {
    /// Reads a pattern. None if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        form(text).filter(|_| is_clean(text)).map(|_| Self(text.into()))
    }

    /// As it stands in the file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it fits this verb, namespace or name.
    #[must_use]
    pub fn fits(&self, word: &str) -> bool {
        self.form().fits(word)
    }

    pub(crate) fn form(&self) -> Form<'_> {
        form(&self.0).unwrap_or(Form::Word(&self.0))
    }
}

impl UrlPattern {
    /// Reads a pattern. None if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = match form(text)? {
            Form::Any => true,
            Form::Prefix(prefix) => prefix.starts_with('/') && prefix.ends_with('/'),
            Form::Word(path) => path.starts_with('/'),
        };
        (fits && is_clean(text)).then(|| Self(text.into()))
    }

    /// As it stands in the file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it fits this path.
    #[must_use]
    pub fn fits(&self, path: &str) -> bool {
        self.form().fits(path)
    }

    pub(crate) fn form(&self) -> Form<'_> {
        form(&self.0).unwrap_or(Form::Word(&self.0))
    }
}

/// What a word means; none if it is empty, or has a `*` before its end.
pub(crate) fn form(text: &str) -> Option<Form<'_>> {
    let (word, star) = match text.strip_suffix('*') {
        Some(prefix) => (prefix, true),
        None => (text, false),
    };
    match (word, star) {
        ("", true) => Some(Form::Any),
        ("", false) => None,
        (word, _) if word.contains('*') => None,
        (word, true) => Some(Form::Prefix(word)),
        (word, false) => Some(Form::Word(word)),
    }
}

/// Whether a text can be meant: what is invisible in it was not.
pub(crate) fn is_clean(text: &str) -> bool {
    (1..=MAX_LEN).contains(&text.len()) && text.trim() == text && !text.contains(char::is_control)
}

/// They are read from a string, shown as it, and have a string for an argument of `parse`.
macro_rules! text_of_a_file {
    ($($pattern:ident: $expected:literal;)*) => {$(
        impl<'de> Deserialize<'de> for $pattern {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                text::deserialize(deserializer, $expected, Self::parse)
            }
        }

        impl fmt::Debug for $pattern {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Display for $pattern {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

text_of_a_file! {
    Pattern: "a word, a word that ends with `*`, or `*`";
    ResourcePattern: "`*`, or a resource such as `workflows`, `workflows.argoproj.io/status`, `*.argoproj.io` or `*/status`";
    UrlPattern: "`*`, or a path such as `/metrics` or `/api/*`";
}

#[cfg(test)]
mod tests;
