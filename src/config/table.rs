//! One table of the file, and how to read it.

use std::fmt;
use std::sync::Arc;

use portcullis_core::Invalid;
use serde::de::DeserializeOwned;

use super::error::Problem;
use super::fault::{Cause, Fault, one_of, unknown, unknown_but, variants_of};
use super::key::{self, Step};
use super::reader::Reader;
use super::source::Source;
use super::value::{Content, Value};
use crate::rbac::Place;

/// Whoever finds so many problems in one table looks for the first ones.
const MAX_PROBLEMS: usize = 32;

#[derive(Clone)]
pub(super) struct Table {
    source: Arc<Source>,
    /// `cache`, `backend[1]`.
    path: String,
    value: Value,
    /// Keys that are not for whoever reads the table, because they are the same in each.
    common: &'static [&'static str],
}

impl Table {
    /// The table of this name; `header` is how the file begins one, and `at` is where a value that
    /// is none stands.
    pub(super) fn new(
        source: &Arc<Source>,
        path: String,
        header: &str,
        at: usize,
        value: &Value,
        common: &'static [&'static str],
    ) -> Result<Self, Problem> {
        if let Content::Table(_) = value.content {
            return Ok(Self { source: Arc::clone(source), path, value: value.clone(), common });
        }
        let problem = source.problem(at, path, format!("wrong type: {}", value.content.type_name()));
        Err(Problem { expected: Some(format!("a table `{header}`")), ..problem })
    }

    pub(super) fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Reads what the table says, except for its common keys. Goes on after a fault, without what
    /// had it, to find the others.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Vec<Problem>> {
        let mut aside: Vec<usize> = self.common.iter().filter_map(|key| self.offset_of(key)).collect();
        let common = aside.len();
        let mut problems = Vec::new();
        loop {
            let fault = match T::deserialize(Reader { value: &self.value, aside: &aside }) {
                Ok(value) if problems.is_empty() => return Ok(value),
                Ok(_) => return Err(problems),
                Err(fault) => fault,
            };
            let mut path = fault.path();
            // What is missing because it was set aside, and what became wrong without what was, is
            // no problem of the file; whatever holds it is of no more use.
            let found = &aside[common..];
            let consequence = match (self.locate(&path), &fault.cause) {
                (Ok((at, _)), Cause::MissingKey) => aside.contains(&at),
                (Ok((_, value)), _) => holds(value, found),
                (Err(_), _) => false,
            };
            if problems.is_empty() || !consequence {
                problems.push(self.problem(&path, &fault));
            }
            if consequence && matches!(fault.cause, Cause::MissingKey) {
                path.pop();
            }
            match self.locate(&path) {
                Ok((at, _)) if at != self.value.start && !aside.contains(&at) && problems.len() < MAX_PROBLEMS => {
                    aside.push(at);
                }
                _ => return Err(problems),
            }
        }
    }

    /// A string among the common keys.
    pub(super) fn common_text(&self, key: &'static str) -> Result<Option<&str>, Problem> {
        let Content::Table(members) = &self.value.content else { return Ok(None) };
        match members.get(key).map(|member| &member.value.content) {
            None => Ok(None),
            Some(Content::String(text)) => Ok(Some(text)),
            Some(other) => {
                let problem = format!("wrong type: {}", other.type_name());
                Err(self.invalid(&Invalid::new(key, problem).expected("a string")))
            }
        }
    }

    /// What is wrong with the value of a key.
    pub(super) fn invalid(&self, invalid: &Invalid) -> Problem {
        let path = key::parse(invalid.key());
        let expected = invalid.expectation().map(ToOwned::to_owned);
        Problem { expected, ..self.at(&path, invalid.problem().to_owned()) }
    }

    fn problem(&self, path: &[Step], fault: &Fault) -> Problem {
        let (problem, expected) = match &fault.cause {
            Cause::UnknownKey { known } => {
                // The common keys are known in the table itself, not in the tables within it.
                let common: &[_] = if path.len() == 1 { self.common } else { &[] };
                let known = || common.iter().chain(*known).copied();
                let given = match path.last() {
                    Some(Step::Key(key)) => key,
                    _ => "",
                };
                (unknown("key", given, known()), Some(one_of(known())))
            }
            Cause::UnknownVariant { known, meant } => (unknown_but("value", *meant), Some(variants_of(known))),
            Cause::MissingKey => ("this key is required".to_owned(), None),
            Cause::Custom { message } => {
                let (Ok((_, value)) | Err((_, value))) = self.locate(path);
                (without_texts(message.clone(), value), None)
            }
            Cause::Other { problem, expected } => (problem.clone(), expected.clone()),
        };
        Problem { expected, ..self.at(path, problem) }
    }

    fn at(&self, path: &[Step], problem: String) -> Problem {
        let (Ok((offset, _)) | Err((offset, _))) = self.locate(path);
        self.source.problem(offset, key::show(&self.path, path), problem)
    }

    /// The line of what the path leads to, or of what there is of it.
    pub(super) fn place(&self, path: &[Step]) -> Place {
        let (Ok((offset, _)) | Err((offset, _))) = self.locate(path);
        self.source.place(offset)
    }

    fn offset_of(&self, key: &str) -> Option<usize> {
        self.locate(&[Step::Key(key.to_owned())]).ok().map(|(at, _)| at)
    }

    /// Where the path leads, and to which value; or, as an error, the same of what there is of it.
    fn locate(&self, path: &[Step]) -> Result<(usize, &Value), (usize, &Value)> {
        let mut value = &self.value;
        let mut start = value.start;
        for step in path {
            let found = match (&value.content, step) {
                (Content::Table(members), Step::Key(key)) => {
                    members.get(key).map(|member| (member.start, &member.value))
                }
                (Content::Array(array), Step::Index(index)) => array.get(*index).map(|value| (value.start, value)),
                _ => None,
            };
            (start, value) = found.ok_or((start, value))?;
        }
        Ok((start, value))
    }
}

/// Whether something within the value begins at one of these bytes.
fn holds(value: &Value, starts: &[usize]) -> bool {
    let is_or_holds = |start: usize, value| starts.contains(&start) || holds(value, starts);
    match &value.content {
        Content::Array(array) => array.iter().any(|value| is_or_holds(value.start, value)),
        Content::Table(members) => members.values().any(|member| is_or_holds(member.start, &member.value)),
        _ => false,
    }
}

/// The message of a check without the strings that it checked, which it may quote.
fn without_texts(message: String, value: &Value) -> String {
    match &value.content {
        Content::String(text) => {
            // A shorter text hides nothing, and to replace it would tear words apart.
            let quotable = [text.as_str(), &text.escape_debug().to_string()];
            let quoted = quotable.into_iter().filter(|text| text.len() >= 4);
            quoted.fold(message, |message, text| message.replace(text, "…"))
        }
        Content::Array(array) => array.iter().fold(message, without_texts),
        Content::Table(members) => members.values().map(|member| &member.value).fold(message, without_texts),
        _ => message,
    }
}

/// Without what the file says, which may be a secret.
impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("path", &self.path).finish_non_exhaustive()
    }
}
