//! An action in the words of a policy.

use std::cell::Cell;

use portcullis_core::{Action, ActionTarget};

use super::lexicon::{ANY, EMPTY, Found, Id, Lexicon, SOME, URL};
use super::shape::{GroupShape, Shapes, SubresourceShape, TargetShape};
use super::table::Key;

/// The words of a policy, by what they are the words for.
#[derive(Debug)]
pub(crate) struct Lexicons {
    pub(crate) verbs: Lexicon,
    pub(crate) resources: Lexicon,
    pub(crate) groups: Lexicon,
    pub(crate) subresources: Lexicon,
    pub(crate) namespaces: Lexicon,
    pub(crate) names: Lexicon,
    pub(crate) urls: Lexicon,
}

/// What the rules of a policy are under: the patterns of a verb, a resource, a group and a subresource.
pub(crate) fn key_of_resource(verb: Id, resource: Id, group: Id, subresource: Id) -> Key {
    (u64::from(verb) << 32 | u64::from(resource), u64::from(group) << 32 | u64::from(subresource))
}

/// The same of a verb and a path. No group is called so.
pub(crate) fn key_of_url(verb: Id, path: Id) -> Key {
    key_of_resource(verb, path, URL, EMPTY)
}

/// An action whose words were looked up, as far as all rules ask about them.
pub(crate) struct Asked<'p, 'a> {
    lexicons: &'p Lexicons,
    verb: Found,
    target: Target,
    /// Namespace and name, unless it is a URL. Many rules do not ask about them, so they are looked up when one does.
    within: Option<[LookedUp<'a>; 2]>,
}

/// A word, and what was found for it as soon as somebody wanted to know.
type LookedUp<'a> = (&'a str, Cell<Option<Found>>);

enum Target {
    /// None are a group and a subresource of which the policy does not speak.
    Resource {
        resource: Found,
        group: Option<Id>,
        subresource: Option<Id>,
    },
    Url(Found),
    /// What this version does not know, no rule of it allows.
    Unknown,
}

impl<'p, 'a> Asked<'p, 'a> {
    pub(crate) fn new(lexicons: &'p Lexicons, action: &Action<'a>) -> Self {
        let (target, within) = match action.target() {
            ActionTarget::Resource(asked) => (
                Target::Resource {
                    resource: lexicons.resources.find(asked.resource),
                    group: lexicons.groups.find(asked.group).word,
                    subresource: lexicons.subresources.find(asked.subresource).word,
                },
                Some([(asked.namespace, Cell::new(None)), (asked.name, Cell::new(None))]),
            ),
            ActionTarget::Url(path) => (Target::Url(lexicons.urls.find(path)), None),
            _ => (Target::Unknown, None),
        };
        Self { lexicons, verb: lexicons.verbs.find(action.verb()), target, within }
    }

    pub(crate) fn lexicons(&self) -> &'p Lexicons {
        self.lexicons
    }

    /// The namespace. A URL has none.
    pub(crate) fn namespace(&self) -> Option<Found> {
        let [(namespace, found), _] = self.within.as_ref()?;
        Some(looked_up(&self.lexicons.namespaces, namespace, found))
    }

    /// The name. A URL has none.
    pub(crate) fn name(&self) -> Option<Found> {
        let [_, (name, found)] = self.within.as_ref()?;
        Some(looked_up(&self.lexicons.names, name, found))
    }

    /// The keys that fit, of these shapes, one after the other, until `visit` has found something.
    pub(crate) fn keys<T>(&self, shapes: Shapes, mut visit: impl FnMut(Key) -> Option<T>) -> Option<T> {
        let Lexicons { verbs, resources, urls, .. } = self.lexicons;
        match &self.target {
            Target::Resource { resource, group, subresource } => {
                for shape in shapes.and(Shapes::RESOURCES).iter() {
                    let TargetShape::Resource(kind, group_shape, subresource_shape) = shape.target else { continue };
                    let group = match group_shape {
                        GroupShape::Is => *group,
                        GroupShape::Any => Some(ANY),
                    };
                    let subresource = match subresource_shape {
                        SubresourceShape::Is => *subresource,
                        SubresourceShape::Some if *subresource == Some(EMPTY) => None,
                        SubresourceShape::Some => Some(SOME),
                        SubresourceShape::Any => Some(ANY),
                    };
                    let (Some(group), Some(subresource)) = (group, subresource) else { continue };
                    for verb in verbs.of(&self.verb, shape.verb) {
                        for resource in resources.of(resource, kind) {
                            if let Some(found) = visit(key_of_resource(*verb, *resource, group, subresource)) {
                                return Some(found);
                            }
                        }
                    }
                }
            }
            Target::Url(path) => {
                for shape in shapes.and(Shapes::URLS).iter() {
                    let TargetShape::Url(kind) = shape.target else { continue };
                    for verb in verbs.of(&self.verb, shape.verb) {
                        for path in urls.of(path, kind) {
                            if let Some(found) = visit(key_of_url(*verb, *path)) {
                                return Some(found);
                            }
                        }
                    }
                }
            }
            Target::Unknown => {}
        }
        None
    }
}

fn looked_up(lexicon: &Lexicon, word: &str, known: &Cell<Option<Found>>) -> Found {
    let found = known.get().unwrap_or_else(|| lexicon.find(word));
    known.set(Some(found));
    found
}
