//! What a template compares with what of a caller.

use portcullis_core::Principal;

use super::{Slot, Template};
use crate::dn::Dn;
use crate::filter::Shape;

/// No value that anybody has: it has control characters.
const MARK: &str = "\u{1}the value\u{1}";

/// Attributes with values that are written otherwise in a filter than they are on an entry.
const BINARY: [&str; 3] = ["objectSid", "sIDHistory", "objectGUID"];

/// An attribute, and what it must be if a caller is meant.
pub(crate) struct Comparison {
    pub(crate) attribute: String,
    pub(crate) value: String,
    /// Where the attribute is in the name of the entry, from the entry upwards. In a filter it is the entry's own.
    pub(crate) level: usize,
}

impl Template {
    /// The attributes that a filter compares with `{name}`, or that a name has it as value of.
    pub(crate) fn attributes_of_name(&self) -> Vec<String> {
        self.attributes_of(&Slot::Name)
    }

    /// The same with those that it compares with a text that has `{name}` in it, such as `{name}@example.com`.
    pub(crate) fn attributes_with_name(&self) -> Vec<String> {
        distinct(shown(self.compared_with(&Slot::Name, |_| Some("x"))))
    }

    /// What stands for whole values beside `{name}`, and the attributes that are compared with each. It is left out if one
    /// of them cannot be looked at: that may be the one which the account is found by.
    pub(crate) fn others_compared(&self) -> Vec<(Slot, Vec<String>)> {
        let mut others: Vec<(Slot, Vec<String>)> = Vec::new();
        for slot in self.slots().filter(|slot| **slot != Slot::Name) {
            let attributes = self.attributes_of(slot);
            let are_shown = !self.compared_with(slot, |_| Some("x")).iter().any(Comparison::is_binary);
            if are_shown && !attributes.is_empty() && !others.iter().any(|(other, _)| other == slot) {
                others.push((slot.clone(), attributes));
            }
        }
        others
    }

    /// Whether `{name}` is compared with anything.
    pub(crate) fn compares_name(&self) -> bool {
        !self.compared_with(&Slot::Name, |_| Some("x")).is_empty()
    }

    /// What must be so, one or the other, if this caller is meant by what this stands for.
    pub(crate) fn comparisons(&self, slot: &Slot, caller: &Principal) -> Vec<Comparison> {
        let Some(value) = slot.of(caller) else { return Vec::new() };
        let comparisons = shown(self.compared_with(slot, |other| other.of(caller)));
        comparisons.map(|found| Comparison { value: found.value.replace(MARK, value), ..found }).collect()
    }

    fn attributes_of(&self, slot: &Slot) -> Vec<String> {
        let comparisons = self.compared_with(slot, |_| Some("x")).into_iter().filter(|found| found.value == MARK);
        distinct(shown(comparisons))
    }

    /// What is this alone, which is a mark here. Of `{name}`, also what has it in it.
    fn compared_with<'a>(&self, slot: &Slot, mut other: impl FnMut(&Slot) -> Option<&'a str>) -> Vec<Comparison> {
        let text = self.render(|found| Some(if found == slot { MARK } else { other(found)? }.as_bytes()));
        let text = text.unwrap_or_default();
        let comparisons: Vec<_> = match Dn::parse(&text) {
            Some(name) => {
                let levels = name.levels().iter().enumerate();
                levels.flat_map(|(level, own)| own.iter().map(move |found| (level, found.clone()))).collect()
            }
            None => {
                let comparisons = Shape::of(&text).map(|shape| shape.comparisons()).unwrap_or_default();
                comparisons.into_iter().map(|found| (0, found)).collect()
            }
        };
        let comparisons = comparisons.into_iter().filter_map(|(level, (attribute, value))| {
            Some(Comparison { attribute, value: String::from_utf8(value).ok()?, level })
        });
        let is_meant = |value: &str| value == MARK || *slot == Slot::Name && value.contains(MARK);
        comparisons.filter(|found| is_meant(&found.value)).collect()
    }
}

impl Comparison {
    fn is_binary(&self) -> bool {
        BINARY.iter().any(|binary| binary.eq_ignore_ascii_case(&self.attribute))
    }
}

/// Those with values that can be looked at.
fn shown(comparisons: impl IntoIterator<Item = Comparison>) -> impl Iterator<Item = Comparison> {
    comparisons.into_iter().filter(|found| !found.is_binary())
}

fn distinct(comparisons: impl Iterator<Item = Comparison>) -> Vec<String> {
    let mut attributes: Vec<String> = comparisons.map(|found| found.attribute).collect();
    attributes.sort_by_key(|attribute| attribute.to_ascii_lowercase());
    attributes.dedup_by(|one, other| one.eq_ignore_ascii_case(other));
    attributes
}
