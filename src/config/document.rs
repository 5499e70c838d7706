//! The file as TOML: its sections, before anybody reads them.

use std::fmt;
use std::sync::Arc;

use toml::de::DeTable;

use super::error::{ConfigError, Problem};
use super::fault::{one_of, unknown};
use super::key::{self, Step};
use super::settings::Settings;
use super::source::Source;
use super::table::Table;
use super::value::{Member, Members, members};

/// The sections of this version, and the one key that is in none.
const SECTIONS: &[&str] = &[
    "backend",
    "binding",
    "cache",
    "directory",
    "include",
    "request",
    "resource",
    "response",
    "role",
    "route",
    "serve",
    "webhook",
];

/// What a file may have that another one includes.
const INCLUDED: &[&str] = &["binding", "role"];

/// Sections that a cargo feature brings, and whether this build has it.
const OF_FEATURES: &[(&str, &str, bool)] =
    &[("directory", "ldap", cfg!(feature = "ldap")), ("webhook", "webhook", cfg!(feature = "webhook"))];

pub(super) struct Document {
    source: Arc<Source>,
    root: Members,
}

impl Document {
    pub(super) fn parse(source: Source) -> Result<Self, ConfigError> {
        let (root, errors) = DeTable::parse_recoverable(source.text());
        let mut problems: Vec<Problem> = Vec::new();
        for error in errors {
            let offset = error.span().map_or(0, |span| span.start);
            let problem = source.problem(offset, String::new(), format!("not TOML: {}", error.message()));
            // One mistake often makes the rest of its line a mistake.
            if problems.last().is_none_or(|last| last.line() != problem.line()) {
                problems.push(problem);
            }
        }
        ConfigError::unless_none(problems)?;
        let root = members(root.into_inner());
        Ok(Self { source: Arc::new(source), root })
    }

    /// A file without anything in it.
    pub(super) fn empty() -> Self {
        Self { source: Arc::new(Source::of_text("")), root: Members::new() }
    }

    pub(super) fn source(&self) -> &Arc<Source> {
        &self.source
    }

    pub(super) fn section(&self, name: &str) -> Option<&Member> {
        self.root.get(name)
    }

    /// All that stands at the top.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &Member)> {
        self.root.iter().map(|(name, member)| (name.as_str(), member))
    }

    /// What stands at the top and is no section of this version.
    pub(super) fn unknown_sections(&self) -> impl Iterator<Item = Problem> {
        self.members().filter_map(|(name, member)| {
            let lacking = OF_FEATURES.iter().find(|(section, _, is_there)| *section == name && !is_there);
            let (problem, expected) = match lacking {
                Some((_, feature, _)) => {
                    (format!("this build lacks `[[{name}]]`"), format!("a build with the cargo feature `{feature}`"))
                }
                None if SECTIONS.contains(&name) => return None,
                None => {
                    let sections = SECTIONS.iter().copied();
                    (unknown("section or key", name, sections.clone()), one_of(sections))
                }
            };
            Some(self.stranger(name, member, problem, expected))
        })
    }

    /// What stands at the top and must not in a file that another one includes.
    pub(super) fn sections_not_to_include(&self) -> impl Iterator<Item = Problem> {
        self.strangers(INCLUDED).map(|(name, member)| {
            let problem = match SECTIONS.contains(&name) {
                true => "this stands in the file that includes this one, or nowhere".to_owned(),
                false => unknown("section or key", name, INCLUDED.iter().copied()),
            };
            self.stranger(name, member, problem, one_of(INCLUDED.iter().copied()))
        })
    }

    fn strangers(&self, known: &'static [&'static str]) -> impl Iterator<Item = (&str, &Member)> {
        self.members().filter(move |(name, _)| !known.contains(name))
    }

    fn stranger(&self, name: &str, member: &Member, problem: String, expected: String) -> Problem {
        let key_path = key::show("", &[Step::Key(name.to_owned())]);
        Problem { expected: Some(expected), ..self.source.problem(member.start, key_path, problem) }
    }

    /// Reads a section of settings, whose keys all have defaults.
    pub(super) fn settings<S: Settings + Default>(&self, problems: &mut Vec<Problem>) -> S {
        self.optional(problems).unwrap_or_default()
    }

    /// Reads a section that may be absent, and adds what is wrong with it to `problems`.
    pub(super) fn optional<S: Settings>(&self, problems: &mut Vec<Problem>) -> Option<S> {
        let Member { start, value } = self.section(S::SECTION)?;
        let header = format!("[{}]", S::SECTION);
        let read = Table::new(&self.source, S::SECTION.to_owned(), &header, *start, value, &[])
            .map_err(|problem| vec![problem])
            .and_then(|table| Ok((table.read::<S>()?, table)));
        match read {
            Ok((settings, table)) => {
                problems.extend(settings.check().iter().map(|invalid| table.invalid(invalid)));
                Some(settings)
            }
            Err(found) => {
                problems.extend(found);
                None
            }
        }
    }
}

/// Only which file it is: its values may be long.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("sections", &self.root.keys()).finish_non_exhaustive()
    }
}
