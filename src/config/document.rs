//! The file as TOML: its sections, before anybody reads them.

use std::sync::Arc;

use toml::de::DeTable;

use super::error::{ConfigError, Problem};
use super::fault::{one_of, unknown};
use super::key::{self, Step};
use super::settings::Settings;
use super::source::Source;
use super::table::Table;
use super::value::{Member, Members, members};

/// The sections of this version.
const SECTIONS: &[&str] = &["backend", "cache", "request", "resource", "response", "serve"];

/// Sections that other versions may have. Whoever writes them counts on what they do.
const LACKING: &[&str] = &["binding", "directory", "role", "route"];

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

    pub(super) fn source(&self) -> &Arc<Source> {
        &self.source
    }

    pub(super) fn section(&self, name: &str) -> Option<&Member> {
        self.root.get(name)
    }

    /// What stands at the top and is no section of this version.
    pub(super) fn unknown_sections(&self) -> impl Iterator<Item = Problem> {
        self.root.iter().filter(|(name, _)| !SECTIONS.contains(&name.as_str())).map(|(name, member)| {
            let (problem, expected) = if LACKING.contains(&name.as_str()) {
                (
                    "this version does not know this section".to_owned(),
                    "a version that does, or a file without it".to_owned(),
                )
            } else {
                let sections = SECTIONS.iter().copied();
                (unknown("section or key", name, sections.clone()), one_of(sections))
            };
            let key_path = key::show("", &[Step::Key(name.clone())]);
            Problem { expected: Some(expected), ..self.source.problem(member.start, key_path, problem) }
        })
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
