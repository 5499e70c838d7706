//! Filters and names with room for values.

use std::fmt;

use portcullis_core::Principal;

use crate::dn::{self, Dn};
use crate::escape;
use crate::filter::Shape;

mod comparisons;

pub(crate) use comparisons::Comparison;

/// Bytes of a value that somebody claims. No account has a longer one.
const MAX_VALUE: usize = 1024;
/// Bytes of a template: they come from the config file.
const MAX_TEMPLATE: usize = 16 * 1024;
/// What stands for any value when a template is checked: it must be escaped, so it can stand nowhere but where values
/// do.
const PROBE: &[u8] = b"*(),+=\\\"#<>;\0";

/// A filter or a name with placeholders, which has been checked: whatever the values are, it stays the same but for
/// them.
#[derive(Clone, Debug)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Value(Slot),
}

/// What a placeholder stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// `{name}`: the caller's name.
    Name,
    /// `{realm}`: the issuer of the caller's credential.
    Realm,
    /// `{claim.email}`
    Claim(String),
    /// `{dn}`: the name of the entry that groups are looked for.
    Dn,
}

impl Slot {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "name" => Some(Self::Name),
            "realm" => Some(Self::Realm),
            "dn" => Some(Self::Dn),
            _ => {
                word.strip_prefix("claim.").filter(|claim| !claim.is_empty()).map(|claim| Self::Claim(claim.to_owned()))
            }
        }
    }

    /// What it stands for, if that can be known and looked for.
    pub(crate) fn of<'a>(&self, caller: &'a Principal) -> Option<&'a str> {
        let value = match self {
            Self::Name => Some(caller.name()),
            Self::Realm => caller.issuer(),
            Self::Claim(claim) => caller.claims().get(claim).and_then(|value| value.as_str()),
            Self::Dn => None,
        };
        value.filter(|value| (1..=MAX_VALUE).contains(&value.len()) && !value.chars().any(char::is_control))
    }
}

/// As it is written in the file.
impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("{name}"),
            Self::Realm => f.write_str("{realm}"),
            Self::Claim(claim) => write!(f, "{{claim.{claim}}}"),
            Self::Dn => f.write_str("{dn}"),
        }
    }
}

impl Template {
    /// A filter ([RFC 4515](https://www.rfc-editor.org/rfc/rfc4515)). An error says what is wrong with it.
    pub fn filter(text: &str) -> Result<Self, String> {
        let template = Self::parse(text)?;
        let [plain, probe] = template.samples();
        // Some parsers take a filter without parentheses; not in a list of filters.
        if !text.starts_with('(') {
            return Err("a filter begins with a parenthesis".to_owned());
        }
        let plain = Shape::of(&plain).ok_or("not a filter")?;
        match Shape::of(&probe) {
            Some(probe) if probe.is_like(&plain) => Ok(template),
            _ => Err("a placeholder is where no value can be".to_owned()),
        }
    }

    /// The name of an entry ([RFC 4514](https://www.rfc-editor.org/rfc/rfc4514)).
    pub fn name(text: &str) -> Result<Self, String> {
        let template = Self::parse(text)?;
        let [plain, probe] = template.samples().map(|sample| Dn::parse(&sample));
        let plain = plain.filter(|name| !name.levels().is_empty()).ok_or("not the name of an entry")?;
        let shape = |name: &Dn| -> Vec<Vec<String>> {
            name.levels().iter().map(|level| level.iter().map(|(attribute, _)| attribute.clone()).collect()).collect()
        };
        match probe {
            Some(probe) if shape(&probe) == shape(&plain) => Ok(template),
            _ => Err("a placeholder is where no value can be".to_owned()),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("an empty string".to_owned());
        }
        if text.len() > MAX_TEMPLATE || text.chars().any(char::is_control) {
            return Err("longer than 16 KiB, or with control characters".to_owned());
        }
        let (mut pieces, mut rest) = (Vec::new(), text);
        while let Some(at) = rest.find(['{', '}']) {
            let (before, after) = rest.split_at(at);
            let word = after.strip_prefix('{').and_then(|after| after.split_once('}'));
            let (word, after) = word.ok_or("a brace has no other one; in a value it is written `\\7b` and `\\7d`")?;
            let slot = Slot::parse(word).ok_or_else(|| {
                format!(
                    "`{{{word}}}` stands for nothing; known are `{{name}}`, `{{realm}}`, `{{claim.…}}` and, in `groups.filter`, `{{dn}}`"
                )
            })?;
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Value(slot));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// With plain values, and with such that mean something where they are not escaped.
    fn samples(&self) -> [String; 2] {
        [b"x", PROBE].map(|value| self.render(|_| Some(value)).unwrap_or_default())
    }

    /// What its placeholders stand for.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Value(slot) => Some(slot),
        })
    }

    /// With the values of this caller, and of the entry with this name. None if one of them is not known.
    pub fn with(&self, caller: &Principal, dn: Option<&str>) -> Option<String> {
        self.render(|slot| match slot {
            Slot::Dn => dn.filter(|dn| dn.len() <= dn::MAX).map(str::as_bytes),
            slot => slot.of(caller).map(str::as_bytes),
        })
    }

    fn render<'a>(&self, mut value: impl FnMut(&Slot) -> Option<&'a [u8]>) -> Option<String> {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Value(slot) => escape::append(value(slot)?, &mut text),
            }
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests;
