//! What a caller asks to do.

use std::fmt::{self, Write as _};

/// How many characters of each part are shown: as many as a name in Kubernetes may have.
const SHOWN: usize = 253;

/// What a caller asks to do, in Kubernetes' terms
/// ([request attributes](https://kubernetes.io/docs/reference/access-authn-authz/authorization/#review-your-request-attributes)):
/// a verb on a resource, or on a URL that is no resource. What is not said is empty.
///
/// It borrows its texts and is copied freely; making one costs nothing, and a fixed one can be a
/// constant. What it shows names what was asked, in printable ASCII without line breaks and of a
/// bounded length: it is what a client reads in a 403.
///
/// ```
/// use portcullis_core::Action;
///
/// const METRICS: Action<'_> = Action::url("get", "/metrics");
/// assert_eq!(METRICS.to_string(), "get /metrics");
///
/// let action = Action::new("create", "workflows").group("argoproj.io").namespace("argo").name("hello");
/// assert_eq!(action.to_string(), r#"create workflows.argoproj.io "hello" in namespace "argo""#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct Action<'a> {
    verb: &'a str,
    target: ActionTarget<'a>,
}

/// What an [`Action`] is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ActionTarget<'a> {
    /// One resource, or all of a kind.
    Resource(ResourceAttributes<'a>),
    /// The path of a URL that stands for no resource, such as `/metrics`.
    Url(&'a str),
}

/// Which resource, in Kubernetes' terms. Empty is: not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ResourceAttributes<'a> {
    /// The API group, such as `argoproj.io`; empty for Kubernetes' core.
    pub group: &'a str,
    /// The resource's kind, in the plural: `workflows`.
    pub resource: &'a str,
    /// A part of the resource: `status`.
    pub subresource: &'a str,
    /// The namespace it is in; empty for all of them, or where there are none.
    pub namespace: &'a str,
    /// The name of the one that is meant; empty for all.
    pub name: &'a str,
}

impl<'a> Action<'a> {
    /// A verb on a kind of resource: `create`, `workflows`.
    pub const fn new(verb: &'a str, resource: &'a str) -> Self {
        let target = ResourceAttributes { group: "", resource, subresource: "", namespace: "", name: "" };
        Self { verb, target: ActionTarget::Resource(target) }
    }

    /// A verb, which is the method in lower case, on a path that stands for no resource: `get`, `/metrics`.
    pub const fn url(verb: &'a str, path: &'a str) -> Self {
        Self { verb, target: ActionTarget::Url(path) }
    }

    /// The same in this API group. A URL is in none, and stays as it is.
    pub const fn group(mut self, group: &'a str) -> Self {
        if let ActionTarget::Resource(attributes) = &mut self.target {
            attributes.group = group;
        }
        self
    }

    /// The same with this part of the resource. A URL has none, and stays as it is.
    pub const fn subresource(mut self, subresource: &'a str) -> Self {
        if let ActionTarget::Resource(attributes) = &mut self.target {
            attributes.subresource = subresource;
        }
        self
    }

    /// The same in this namespace. A URL is in none, and stays as it is.
    pub const fn namespace(mut self, namespace: &'a str) -> Self {
        if let ActionTarget::Resource(attributes) = &mut self.target {
            attributes.namespace = namespace;
        }
        self
    }

    /// The same with the resource of this name. A URL has none, and stays as it is.
    pub const fn name(mut self, name: &'a str) -> Self {
        if let ActionTarget::Resource(attributes) = &mut self.target {
            attributes.name = name;
        }
        self
    }

    /// What is to be done: `get`, `list`, `create`.
    #[must_use]
    pub const fn verb(&self) -> &'a str {
        self.verb
    }

    /// What it is to be done to.
    #[must_use]
    pub const fn target(&self) -> ActionTarget<'a> {
        self.target
    }
}

impl fmt::Display for Action<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", Shown(self.verb))?;
        let ResourceAttributes { group, resource, subresource, namespace, name } = match self.target {
            ActionTarget::Resource(attributes) => attributes,
            ActionTarget::Url(path) => return Shown(path).fmt(f),
        };
        Shown(resource).fmt(f)?;
        if !group.is_empty() {
            write!(f, ".{}", Shown(group))?;
        }
        if !subresource.is_empty() {
            write!(f, "/{}", Shown(subresource))?;
        }
        if !name.is_empty() {
            write!(f, " \"{}\"", Shown(name))?;
        }
        if !namespace.is_empty() {
            write!(f, " in namespace \"{}\"", Shown(namespace))?;
        }
        Ok(())
    }
}

/// A part that the caller may have made up: what is not a printable character of ASCII is escaped, a space too,
/// so that no part is taken for another, and what is too long is cut off.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut room = SHOWN;
        for character in self.0.chars() {
            let is_plain = character.is_ascii_graphic() && !matches!(character, '"' | '\\');
            let width = if is_plain { 1 } else { character.escape_unicode().len() };
            if width > room {
                return f.write_str("...");
            }
            room -= width;
            match is_plain {
                true => f.write_char(character)?,
                false => character.escape_unicode().fmt(f)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_part_that_is_said_is_shown() {
        let action = Action::new("patch", "workflows").group("argoproj.io").subresource("status");
        let action = action.namespace("argo").name("hello");
        assert_eq!(action.to_string(), r#"patch workflows.argoproj.io/status "hello" in namespace "argo""#);
        assert_eq!(Action::new("create", "queues").to_string(), "create queues");
        assert_eq!(Action::url("get", "/metrics").to_string(), "get /metrics");
    }

    #[test]
    fn a_url_stays_as_it_is() {
        const URL: Action<'_> = Action::url("get", "/metrics").group("a").subresource("b").namespace("c").name("d");
        assert_eq!(URL, Action::url("get", "/metrics"));
        assert_eq!((URL.verb(), URL.target()), ("get", ActionTarget::Url("/metrics")));
    }

    #[test]
    fn no_part_is_taken_for_another() {
        let one = Action::new("get", "pods").name("a\" in namespace \"b");
        assert_ne!(one.to_string(), Action::new("get", "pods").name("a").namespace("b").to_string());
        assert_eq!(one.to_string(), r#"get pods "a\u{22}\u{20}in\u{20}namespace\u{20}\u{22}b""#);
        assert_eq!(Action::new("get", r"a\u{20}b").to_string(), r"get a\u{5c}u{20}b");
    }

    #[test]
    fn the_longest_name_of_kubernetes_is_shown_whole_and_a_longer_one_is_cut_off() {
        let whole = "n".repeat(253);
        assert_eq!(Action::new("get", "pods").name(&whole).to_string(), format!("get pods \"{whole}\""));
        let longer = "n".repeat(254);
        assert_eq!(Action::new("get", "pods").name(&longer).to_string(), format!("get pods \"{whole}...\""));
    }

    proptest! {
        #[test]
        fn what_is_shown_is_printable_ascii_and_bounded(parts in prop::collection::vec(any::<String>(), 6), long in 1..2000_usize) {
            let parts: Vec<_> = parts.iter().map(|part| part.repeat(long)).collect();
            let action = Action::new(&parts[0], &parts[1]).group(&parts[2]).subresource(&parts[3]);
            for shown in [action.namespace(&parts[4]).name(&parts[5]).to_string(), Action::url(&parts[0], &parts[1]).to_string()] {
                prop_assert!(shown.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{}", shown);
                prop_assert!(shown.len() <= 6 * (SHOWN + 3) + 32, "{}", shown.len());
            }
        }
    }
}
