//! The roles and bindings of all files, put together.

use std::collections::BTreeMap;

use portcullis_core::Invalid;

use super::backends::Backends;
use super::binding::Binding;
use super::closest::closest;
use super::document::Document;
use super::error::Problem;
use super::fault::{one_of, unknown_but};
use super::key::{self, Step};
use super::role::Role;
use super::section::is_name;
use super::table::Table;
use super::value::{Content, Member};
use crate::rbac::{Definition, Place, PlacedBinding, PlacedRole, PlacedRule, Policy, TooLarge};

/// To find out what somebody meant takes time. After so many mistakes nobody is told any more.
const MAX_GUESSES: usize = 32;

/// Whoever has more roles than this does not want to read all of them in an error.
const MAX_LISTED: usize = 12;

/// Compiles what `documents` say, and adds what is wrong with it to `problems`. `backends` is what the bindings may name; none
/// if that is not known, since they have problems of their own. `complete` is whether there are no more documents, which would
/// have more roles. Nothing if no document says anything.
pub(super) fn read(
    documents: &[&Document],
    complete: bool,
    backends: Option<&Backends<'_>>,
    problems: &mut Vec<Problem>,
) -> Option<Policy> {
    let sections =
        |name: &'static str| documents.iter().filter_map(move |document| Some((*document, document.section(name)?)));
    sections("role").chain(sections("binding")).next()?;
    let before = problems.len();
    let mut roles = Roles::default();
    for (document, member) in sections("role") {
        roles.read(document, member, problems);
    }
    let mut bindings = Bindings { roles: &roles, complete, backends, guesses: MAX_GUESSES, read: Vec::new() };
    for (document, member) in sections("binding") {
        bindings.read(document, member, problems);
    }
    let bindings = bindings.read;
    if problems.len() > before || backends.is_none() || !complete {
        return None;
    }
    let Roles { read, tables, .. } = roles;
    match Policy::compile(Definition { roles: read, bindings }) {
        Ok(policy) => Some(policy),
        Err(TooLarge { role, rule, most }) => {
            let problem = "with the lists of this rule, which has the most, the policy has too many combinations";
            let invalid = Invalid::new(format!("rules[{rule}]"), problem);
            let expected = format!("shorter lists, or `*`: at most {most} combinations in all");
            problems.push(tables[role].invalid(&invalid.expected(expected)));
            None
        }
    }
}

/// The roles so far.
#[derive(Default)]
struct Roles {
    read: Vec<PlacedRole>,
    tables: Vec<Table>,
    /// Those with problems too, since a binding may name them.
    places: BTreeMap<String, (Option<usize>, Place)>,
}

impl Roles {
    fn read(&mut self, document: &Document, member: &Member, problems: &mut Vec<Problem>) {
        let source = document.source();
        let Content::Table(members) = &member.value.content else {
            let problem = format!("wrong type: {}", member.value.content.type_name());
            let problem = source.problem(member.start, "role".to_owned(), problem);
            problems.push(Problem { expected: Some("tables `[role.NAME]`".to_owned()), ..problem });
            return;
        };
        for (name, Member { start, value }) in members {
            let path = key::show("role", &[Step::Key(name.clone())]);
            // A table with a header begins there; one without, at its key.
            let start = if value.start > *start { *start } else { value.start };
            let table = match Table::new(source, path.clone(), "[role.NAME]", start, value, &[]) {
                Ok(table) => table,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            let place = source.place(start);
            if !is_name(name) {
                let invalid =
                    Invalid::new("", "wrong name").expected("1 to 64 visible ASCII characters, without spaces");
                problems.push(table.invalid(&invalid));
            }
            if let Some((_, before)) = self.places.get(name) {
                let invalid = Invalid::new("", format!("{before} has a role of this name already"));
                problems.push(table.invalid(&invalid.expected("one definition of each role")));
                continue;
            }
            let index = self.add(name, &place, table, problems);
            self.places.insert(name.clone(), (index, place));
        }
    }

    /// The role's index, unless something is wrong with it.
    fn add(&mut self, name: &str, place: &Place, table: Table, problems: &mut Vec<Problem>) -> Option<usize> {
        let role: Role = match table.read() {
            Ok(role) => role,
            Err(found) => {
                problems.extend(found);
                return None;
            }
        };
        let found = role.check();
        if !found.is_empty() {
            problems.extend(found.iter().map(|invalid| table.invalid(invalid)));
            return None;
        }
        let rule_place = |index| table.place(&[Step::Key("rules".to_owned()), Step::Index(index)]);
        let rules = role.rules.into_iter().enumerate();
        let rules = rules.map(|(index, rule)| PlacedRule { rule, place: rule_place(index) }).collect();
        self.read.push(PlacedRole { name: name.into(), place: place.clone(), rules });
        self.tables.push(table);
        Some(self.read.len() - 1)
    }
}

/// The bindings so far.
struct Bindings<'a> {
    roles: &'a Roles,
    complete: bool,
    backends: Option<&'a Backends<'a>>,
    guesses: usize,
    read: Vec<PlacedBinding>,
}

impl Bindings<'_> {
    fn read(&mut self, document: &Document, member: &Member, problems: &mut Vec<Problem>) {
        let source = document.source();
        let array = match member.array(source, "binding") {
            Ok(array) => array,
            Err(problem) => {
                problems.push(problem);
                return;
            }
        };
        for (index, value) in array.iter().enumerate() {
            let table = Table::new(source, format!("binding[{index}]"), "[[binding]]", value.start, value, &[]);
            let read = table.map_err(|problem| vec![problem]).and_then(|table| Ok((table.read::<Binding>()?, table)));
            match read {
                Ok((binding, table)) => match self.placed(binding, table.place(&[])) {
                    Ok(binding) => self.read.push(binding),
                    Err(found) => problems.extend(found.iter().map(|invalid| table.invalid(invalid))),
                },
                Err(found) => problems.extend(found),
            }
        }
    }

    fn placed(&mut self, binding: Binding, place: Place) -> Result<PlacedBinding, Vec<Invalid>> {
        let mut problems = binding.check();
        let mut roles = Vec::new();
        for (key, name) in binding.role_keys() {
            match self.roles.places.get(name) {
                Some((index, _)) => roles.extend(index),
                None if self.complete => problems.push(self.unknown_role(key, name)),
                None => {}
            }
        }
        let mut subjects = Vec::new();
        if let Some(backends) = self.backends {
            for (index, subject) in binding.subjects.iter().enumerate() {
                match backends.resolve(subject, &format!("subjects[{index}]")) {
                    Ok(subject) => subjects.push(subject),
                    Err(invalid) => problems.push(invalid),
                }
            }
        }
        if problems.is_empty() { Ok(PlacedBinding { binding, place, roles, subjects }) } else { Err(problems) }
    }

    fn unknown_role(&mut self, key: String, name: &str) -> Invalid {
        let names = || self.roles.places.keys().map(String::as_str);
        let meant = self.guesses.checked_sub(1).and_then(|left| {
            self.guesses = left;
            closest(name, names())
        });
        let expected = match self.roles.places.len() {
            0..=MAX_LISTED => one_of(names()),
            many => format!("the name of one of the {many} roles"),
        };
        Invalid::new(key, unknown_but("role", meant)).expected(expected)
    }
}
