//! Configuration files as Python's `configparser` reads them: `airflow.cfg` is one.
//!
//! A comment stands on a line of its own; what is indented more than the key continues its value; a section or a key that is
//! there twice is an error. Sections are compared as they stand, keys in lower case.

use std::collections::HashSet;

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::import::draft::shown;
use crate::import::source::Source;

#[cfg(test)]
mod tests;

/// The section whose keys all others have too.
const DEFAULT: &str = "DEFAULT";

/// What a file says.
pub(super) struct Ini {
    sections: Vec<Section>,
}

struct Section {
    name: String,
    keys: Vec<Key>,
}

/// A key, and its value as it stands in the file. It may be a password.
struct Key {
    name: String,
    line: u64,
    lines: Vec<Zeroizing<String>>,
}

/// The value of a key.
pub(super) struct Setting {
    /// Where it begins.
    pub(super) line: u64,
    pub(super) value: Zeroizing<String>,
}

impl Ini {
    pub(super) fn parse(source: &Source) -> Result<Self, Failure> {
        let mut sections: Vec<Section> = Vec::new();
        // The names of all sections, and those of the keys of the last one.
        let (mut names, mut keys_so_far) = (HashSet::new(), HashSet::new());
        // How far the last key is indented; what is indented more belongs to it.
        let mut open: Option<usize> = None;
        for (text, number) in source.text().split('\n').zip(1..) {
            let text = text.strip_suffix('\r').unwrap_or(text);
            let line = text.trim();
            if line.starts_with(['#', ';']) {
                continue;
            }
            let keys = sections.last_mut().and_then(|section| section.keys.last_mut());
            if let (Some(indentation), Some(key)) = (open, keys)
                && (line.is_empty() || indentation_of(text) > indentation)
            {
                key.lines.push(Zeroizing::new(line.to_owned()));
                continue;
            }
            if line.is_empty() {
                continue;
            }
            let column = indentation_of(text) as u64 + 1;
            let wrong = |problem: String| source.wrong_at(number, column, problem);
            if let Some((name, _)) = line.strip_prefix('[').and_then(|rest| rest.rsplit_once(']')) {
                if name.is_empty() {
                    return Err(wrong("a section without a name; write `[name]`".to_owned()));
                }
                if !names.insert(name.to_owned()) {
                    return Err(wrong(format!("the section {} is there already; put both together", shown(name))));
                }
                sections.push(Section { name: name.to_owned(), keys: Vec::new() });
                keys_so_far.clear();
                open = None;
                continue;
            }
            let Some(section) = sections.last_mut() else {
                return Err(wrong("before the first `[section]`; is this an airflow.cfg?".to_owned()));
            };
            // Nothing of the line is shown: it may be the rest of a password.
            let (name, value) = line
                .split_once(['=', ':'])
                .filter(|(name, _)| !name.trim().is_empty())
                .ok_or_else(|| wrong("neither `[section]` nor `key = value`; a longer value is indented".to_owned()))?;
            let name = name.trim_end().to_lowercase();
            if !keys_so_far.insert(name.clone()) {
                return Err(wrong(format!("the key {} is in this section already; remove one", shown(&name))));
            }
            let lines = vec![Zeroizing::new(value.trim().to_owned())];
            section.keys.push(Key { name, line: number, lines });
            open = Some(indentation_of(text));
        }
        Ok(Self { sections })
    }

    pub(super) fn has_section(&self, name: &str) -> bool {
        self.sections.iter().any(|section| section.name == name)
    }

    /// The names of a section's keys.
    pub(super) fn keys(&self, section: &str) -> impl Iterator<Item = &str> {
        self.sections
            .iter()
            .filter(move |own| own.name == section)
            .flat_map(|own| &own.keys)
            .map(|key| key.name.as_str())
    }

    /// Whether a section has a key, be it empty.
    pub(super) fn has(&self, section: &str, key: &str) -> bool {
        self.find(section, key).is_some()
    }

    fn find(&self, section: &str, key: &str) -> Option<&Key> {
        let of = |name: &str| {
            let sections = self.sections.iter().find(|own| own.name == name);
            sections.and_then(|own| own.keys.iter().find(|own| own.name == key))
        };
        of(section).or_else(|| of(DEFAULT).filter(|_| self.has_section(section)))
    }

    /// The value of a key, with `%%` for `%`. None if it is not there, or empty.
    pub(super) fn setting(&self, source: &Source, section: &str, key: &str) -> Result<Option<Setting>, Failure> {
        let Some(found) = self.find(section, key) else { return Ok(None) };
        let lines: Vec<&str> = found.lines.iter().map(|line| line.as_str()).collect();
        let value = Zeroizing::new(lines.join("\n"));
        let value = interpolated(value.trim_end()).ok_or_else(|| {
            let problem =
                format!("{section}.{key}: `%` stands for another value; write that value itself, or `%%` for `%`");
            source.wrong_at(found.line, 1, problem)
        })?;
        Ok(Some(Setting { line: found.line, value }).filter(|setting| !setting.value.is_empty()))
    }
}

/// Bytes of blanks at the beginning of a line.
fn indentation_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// With `%` for each `%%`. None if it speaks of other keys.
fn interpolated(value: &str) -> Option<Zeroizing<String>> {
    let parts: Vec<&str> = value.split("%%").collect();
    parts.iter().all(|part| !part.contains('%')).then(|| Zeroizing::new(parts.join("%")))
}
