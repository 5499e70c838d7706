//! From a Kerberos principal to the name that policies know.

use std::collections::BTreeSet;
use std::fmt;

use portcullis_core::Invalid;
use serde::de::{Error, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use crate::principal_name::PrincipalName;

/// How a principal's name becomes a user's. In the file: one of three words, or a list of rules.
///
/// ```
/// # use portcullis_kerberos::NameMapping;
/// let mapping: NameMapping = serde_json::from_str(r#""strip_realm""#).unwrap();
/// assert_eq!(mapping, NameMapping::StripRealm);
///
/// let rules = r#"[
///     { "realm": "EXAMPLE.TEST", "principal": "*/admin", "name": "{1}/admin" },
///     { "realm": "EXAMPLE.TEST", "principal": "*", "name": "{1}" },
///     { "realm": "PARTNER.TEST", "principal": "*", "name": "{1}@partner" }
/// ]"#;
/// assert!(matches!(serde_json::from_str(rules), Ok(NameMapping::Rules(rules)) if rules.len() == 3));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameMapping {
    /// `"principal"`: all of it, `alice@EXAMPLE.TEST`. The default: it cannot be mistaken.
    #[default]
    Principal,
    /// `"strip_realm"`: what is in front of the realm. With one realm only: else two people had one
    /// name. A principal with a backslash in its name is refused.
    StripRealm,
    /// `"local"`: what `auth_to_local` of `krb5.conf` makes of it; whom it does not map is refused.
    /// With one realm only.
    Local,
    /// A list: the first rule that fits counts. A principal that no rule fits is refused, and so is one
    /// with a backslash in its name. Two rules that could give one name to two principals are an error: `/` and `@`
    /// keep them apart, for no `*` stands for these.
    Rules(Vec<NameRule>),
}

/// One rule of a [`NameMapping`]. It names the realm, so that nobody else's realm can bring the same
/// principals.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NameRule {
    /// The realm that the rule is for, to the letter. Required. Example: `"EXAMPLE.TEST"`.
    pub realm: String,
    /// What is in front of the realm. A `*` stands for one or more characters other than `/`; there may
    /// be one between two slashes. Default: `"*"`, every name of one component. Example: `"*/admin"`.
    #[serde(default = "everybody")]
    pub principal: String,
    /// The user's name. `{1}` is what the first `*` stands for, `{2}` the second; other braces cannot
    /// be written. Required. Example: `"{1}-admin"`.
    pub name: String,
}

fn everybody() -> String {
    "*".to_owned()
}

impl NameRule {
    /// Principals of this realm that look like `principal` are called `name`.
    pub fn new(realm: impl Into<String>, principal: impl Into<String>, name: impl Into<String>) -> Self {
        Self { realm: realm.into(), principal: principal.into(), name: name.into() }
    }
}

impl NameMapping {
    const EXPECTED: &'static str = "`principal`, `strip_realm`, `local`, or a list of rules";

    /// Whether two realms may have the same name for two people.
    pub(crate) fn needs_one_realm(&self) -> bool {
        matches!(self, Self::StripRealm | Self::Local)
    }

    /// Whether each rule is for a realm whose users get in.
    pub(crate) fn check_realms(&self, realms: &BTreeSet<String>) -> Result<(), Invalid> {
        let Self::Rules(rules) = self else { return Ok(()) };
        match rules.iter().position(|rule| !realms.contains(&rule.realm)) {
            None => Ok(()),
            Some(index) => {
                let problem = "nobody of this realm gets in";
                Err(Invalid::new(format!("name_mapping[{index}].realm"), problem).expected("one of `realms`"))
            }
        }
    }

    /// What is wrong with the rules.
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        let Self::Rules(rules) = self else { return Ok(()) };
        if rules.is_empty() {
            return Err(
                Invalid::new("name_mapping", "no rule is there, so nobody would get in").expected(Self::EXPECTED)
            );
        }
        for (index, rule) in rules.iter().enumerate() {
            let key = |key: &str| format!("name_mapping[{index}].{key}");
            if rule.realm.is_empty() {
                return Err(Invalid::new(key("realm"), "an empty string").expected("the name of a realm"));
            }
            if rule.principal.split('/').any(|part| part.is_empty() || part.matches('*').count() > 1) {
                let expected = "a name without a realm, with at most one `*` in each of its components";
                return Err(Invalid::new(key("principal"), "no such pattern").expected(expected));
            }
            let stars = rule.principal.matches('*').count();
            if pieces(&rule.name)
                .is_none_or(|pieces| pieces.is_empty() || pieces.iter().any(|piece| piece.star > stars))
            {
                let expected = format!("a name with no braces but `{{1}}` to `{{{stars}}}`");
                return Err(Invalid::new(key("name"), "no such name").expected(expected));
            }
            if stars_run_together(&rule.name) {
                let expected = "a `/` or an `@` between two of them, such as `{1}/{2}`";
                return Err(
                    Invalid::new(key("name"), "where one star ends and the next begins is not told").expected(expected)
                );
            }
            if let Some(other) = rules[..index].iter().position(|other| can_be_one(&other.name, &rule.name)) {
                let problem = format!("name_mapping[{other}] could give the same name to somebody else");
                let expected = "names that a `/` or an `@` keeps apart, such as `{1}@partner`";
                return Err(Invalid::new(key("name"), problem).expected(expected));
            }
        }
        Ok(())
    }

    /// The user's name; `local` is what `auth_to_local` says. An error says why there is none.
    pub(crate) fn name_of(&self, principal: &PrincipalName, local: Option<String>) -> Result<String, &'static str> {
        if matches!(self, Self::StripRealm | Self::Rules(_)) && principal.is_ambiguous() {
            return Err("the principal has characters that could make it look like another one");
        }
        match self {
            Self::Principal => Ok(principal.text().to_owned()),
            Self::StripRealm => Ok(principal.without_realm().to_owned()),
            Self::Local => local.ok_or("auth_to_local of krb5.conf has no name for the principal"),
            Self::Rules(rules) => {
                rules.iter().find_map(|rule| rule.apply(principal)).ok_or("no rule of name_mapping fits the principal")
            }
        }
    }
}

impl NameRule {
    fn apply(&self, principal: &PrincipalName) -> Option<String> {
        if self.realm != principal.realm() {
            return None;
        }
        let stars = matched(&self.principal, principal.without_realm())?;
        let mut name = String::new();
        for piece in pieces(&self.name)? {
            name.push_str(match piece.star {
                0 => piece.text,
                number => stars.get(number - 1)?,
            });
        }
        Some(name)
    }
}

/// What the stars of a pattern stand for in a name, component by component.
fn matched<'n>(pattern: &str, name: &'n str) -> Option<Vec<&'n str>> {
    let mut stars = Vec::new();
    let (mut patterns, mut names) = (pattern.split('/'), name.split('/'));
    loop {
        match (patterns.next(), names.next()) {
            (None, None) => return Some(stars),
            (Some(pattern), Some(name)) => match pattern.split_once('*') {
                None if pattern == name => {}
                None => return None,
                Some((start, end)) => {
                    let star = name.strip_prefix(start)?.strip_suffix(end)?;
                    if star.is_empty() {
                        return None;
                    }
                    stars.push(star);
                }
            },
            _ => return None,
        }
    }
}

/// Whether two stars could share the same text in different ways: `{1}-{2}` of `a-b` and `c`, and of `a` and `b-c`.
fn stars_run_together(name: &str) -> bool {
    let mut after_star = false;
    pieces(name).unwrap_or_default().into_iter().any(|piece| {
        let runs_together = after_star && piece.star > 0;
        after_star = piece.star > 0 || (after_star && !piece.text.contains(['/', '@']));
        runs_together
    })
}

/// Whether two rules' names can come out the same.
fn can_be_one(one: &str, other: &str) -> bool {
    let atoms = |name| -> Vec<Atom> {
        let pieces = pieces(name).unwrap_or_default().into_iter();
        let atoms = pieces.flat_map(|piece| match piece.star {
            0 => piece.text.chars().map(Atom::Char).collect(),
            _ => vec![Atom::Some, Atom::Any],
        });
        atoms.collect()
    };
    meet(&atoms(one), &atoms(other))
}

/// A piece of a pattern.
#[derive(Clone, Copy, PartialEq)]
enum Atom {
    Char(char),
    /// One character that a star can stand for.
    Some,
    /// Any number of them.
    Any,
}

/// Whether some text fits both.
fn meet(one: &[Atom], other: &[Atom]) -> bool {
    // Which ends of the one go with those of the other that have been looked at, from the back.
    let mut row = vec![false; one.len() + 1];
    for at_other in (0..=other.len()).rev() {
        let below = row.clone();
        for at_one in (0..=one.len()).rev() {
            row[at_one] = match (one.get(at_one), other.get(at_other)) {
                (None, None) => true,
                (Some(Atom::Any), _) if row[at_one + 1] => true,
                (_, Some(Atom::Any)) if below[at_one] => true,
                (Some(Atom::Any), Some(atom)) => atom.is_of_a_star() && *atom != Atom::Any && below[at_one],
                (Some(atom), Some(Atom::Any)) => atom.is_of_a_star() && row[at_one + 1],
                (Some(one), Some(other)) => one.goes_with(*other) && below[at_one + 1],
                _ => false,
            };
        }
    }
    row[0]
}

impl Atom {
    fn is_of_a_star(self) -> bool {
        !matches!(self, Self::Char('/' | '@' | '\\'))
    }

    fn goes_with(self, other: Self) -> bool {
        match (self, other) {
            (Self::Char(one), Self::Char(other)) => one == other,
            (one, other) => one.is_of_a_star() && other.is_of_a_star(),
        }
    }
}

/// A part of a rule's `name`: text, or the number of a star.
struct Piece<'r> {
    text: &'r str,
    star: usize,
}

/// `None` if there are other braces than those around a number from 1 to 9.
fn pieces(name: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let (text, after) = rest.split_at(rest.find(['{', '}']).unwrap_or(rest.len()));
        if !text.is_empty() {
            pieces.push(Piece { text, star: 0 });
        }
        rest = after;
        if let Some(after) = rest.strip_prefix('{') {
            let (number, after) = after.split_once('}')?;
            let star = number.parse().ok().filter(|star| (1..=9).contains(star) && number.len() == 1)?;
            pieces.push(Piece { text: "", star });
            rest = after;
        } else if !rest.is_empty() {
            return None;
        }
    }
    Some(pieces)
}

impl<'de> Deserialize<'de> for NameMapping {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MappingVisitor)
    }
}

struct MappingVisitor;

impl<'de> Visitor<'de> for MappingVisitor {
    type Value = NameMapping;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NameMapping::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<NameMapping, E> {
        match text {
            "principal" => Ok(NameMapping::Principal),
            "strip_realm" => Ok(NameMapping::StripRealm),
            "local" => Ok(NameMapping::Local),
            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rules: A) -> Result<NameMapping, A::Error> {
        let mut all = Vec::new();
        while let Some(rule) = rules.next_element()? {
            all.push(rule);
        }
        Ok(NameMapping::Rules(all))
    }
}

#[cfg(test)]
mod tests;
