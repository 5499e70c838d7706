//! Filters, as ldap3 understands them ([RFC 4511, section
//! 4.5.1.7](https://www.rfc-editor.org/rfc/rfc4511#section-4.5.1.7)).

use ldap3::asn1::{ASNTag as _, PL, StructureTag, TagClass};
use ldap3::parse_filter;

/// `not [2]` and `equalityMatch [3]`, among the choices of a filter.
const NOT: u64 = 2;
const EQUALITY: u64 = 3;

/// A filter that was parsed.
pub struct Shape(StructureTag);

impl Shape {
    pub fn of(filter: &str) -> Option<Self> {
        parse_filter(filter).ok().map(|tag| Self(tag.into_structure()))
    }

    /// Whether two filters differ in nothing but values.
    pub fn is_like(&self, other: &Self) -> bool {
        is_like(&self.0, &other.0)
    }

    /// The attributes that are compared for equality, and with which values; without those that must not be equal.
    pub(crate) fn comparisons(&self) -> Vec<(String, Vec<u8>)> {
        let mut comparisons = Vec::new();
        collect_equal(&self.0, &mut comparisons);
        comparisons
    }

    /// All the values that it has.
    #[cfg(test)]
    pub(crate) fn values(&self) -> Vec<Vec<u8>> {
        fn collect(tag: &StructureTag, values: &mut Vec<Vec<u8>>) {
            if let PL::C(parts) = &tag.payload {
                for (index, part) in parts.iter().enumerate() {
                    match &part.payload {
                        PL::P(value) if is_value(tag, index) => values.push(value.clone()),
                        _ => collect(part, values),
                    }
                }
            }
        }
        let mut values = Vec::new();
        collect(&self.0, &mut values);
        values
    }
}

fn is_like(one: &StructureTag, other: &StructureTag) -> bool {
    if (one.class, one.id) != (other.class, other.id) {
        return false;
    }
    match (&one.payload, &other.payload) {
        (PL::C(ones), PL::C(others)) => {
            let are_like = |(index, (part, counterpart))| {
                is_value(one, index) && same_form(part, counterpart) || is_like(part, counterpart)
            };
            ones.len() == others.len() && ones.iter().zip(others).enumerate().all(are_like)
        }
        (PL::P(text), PL::P(counterpart)) => text == counterpart,
        _ => false,
    }
}

/// Whether two values are of the same kind, as beginning, middle and end of a text are.
fn same_form(one: &StructureTag, other: &StructureTag) -> bool {
    let is_primitive = |tag: &StructureTag| matches!(tag.payload, PL::P(_));
    (one.class, one.id) == (other.class, other.id) && is_primitive(one) && is_primitive(other)
}

/// Whether this part of a filter is a value and not an attribute or matching rule: the second of two in a comparison,
/// each one of a list of substrings, and `matchValue [3]` of an extensible match.
fn is_value(of: &StructureTag, index: usize) -> bool {
    match (of.class, of.id) {
        (TagClass::Context, 3 | 5 | 6 | 8) => index == 1,
        (TagClass::Context, 9) => match &of.payload {
            PL::C(parts) => parts.get(index).is_some_and(|part| part.id == 3),
            PL::P(_) => false,
        },
        (TagClass::Universal, _) => true,
        _ => false,
    }
}

fn collect_equal(tag: &StructureTag, comparisons: &mut Vec<(String, Vec<u8>)>) {
    let PL::C(parts) = &tag.payload else { return };
    match (tag.class, tag.id, parts.as_slice()) {
        (
            TagClass::Context,
            EQUALITY,
            [StructureTag { payload: PL::P(attribute), .. }, StructureTag { payload: PL::P(value), .. }],
        ) => {
            if let Ok(attribute) = std::str::from_utf8(attribute) {
                comparisons.push((attribute.to_owned(), value.clone()));
            }
        }
        (TagClass::Context, NOT, _) => {}
        _ => parts.iter().for_each(|part| collect_equal(part, comparisons)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are_like(one: &str, other: &str) -> bool {
        Shape::of(one).unwrap().is_like(&Shape::of(other).unwrap())
    }

    #[test]
    fn filters_are_alike_that_differ_in_values() {
        for (one, other) in [
            ("(uid=a)", "(uid=b\\2a)"),
            ("(&(uid=a)(!(cn>=b)))", "(&(uid=c)(!(cn>=d)))"),
            ("(cn=a*b*c)", "(cn=d*e*f)"),
            ("(member:1.2.3:=a)", "(member:1.2.3:=b)"),
        ] {
            assert!(are_like(one, other), "{one} {other}");
        }
    }

    #[test]
    fn they_are_not_if_anything_else_differs() {
        for (one, other) in [
            ("(uid=a)", "(cn=a)"),
            ("(uid=a)", "(uid=*)"),
            ("(uid=a)", "(uid=a*)"),
            ("(uid=a)", "(uid>=a)"),
            ("(uid=a)", "(!(uid=a))"),
            ("(&(uid=a)(cn=b))", "(|(uid=a)(cn=b))"),
            ("(&(uid=a))", "(&(uid=a)(cn=b))"),
            ("(cn=a*b)", "(cn=a*)"),
            ("(member:1.2.3:=a)", "(member:1.2.4:=a)"),
            ("(member:1.2.3:=a)", "(member:dn:1.2.3:=a)"),
        ] {
            assert!(!are_like(one, other), "{one} {other}");
        }
    }
}
