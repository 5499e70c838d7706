//! Resources, as kubectl writes them.

use portcullis_core::ResourceAttributes;

use super::{Form, form, is_clean};

/// A resource as a rule has it, as kubectl writes it: `RESOURCE`, `RESOURCE.GROUP`, and either with `/SUBRESOURCE`.
///
/// | pattern | fits |
/// |---|---|
/// | `*` | every resource of every group, and all their subresources |
/// | `workflows` | the resource, in the empty group (Kubernetes' core, and services that have no groups) |
/// | `workflows.argoproj.io` | the resource in this group: what follows the first dot |
/// | `workflows.argoproj.io/status` | this subresource of it, and not the resource itself |
/// | `workflows/*` | each subresource, and not the resource itself |
/// | `work*`, `work*.argoproj.io` | resources whose names begin with `work`, in that group |
/// | `*.argoproj.io` | every resource of the group, and all their subresources |
/// | `*/status`, `*.argoproj.io/status` | this subresource of every resource, of every group or of this one |
///
/// No pattern but `*` fits the path of a URL's stead: for those there is [`UrlPattern`](super::UrlPattern), and `*` does not fit them either.
///
/// ```
/// use portcullis::{Action, ActionTarget, rbac::ResourcePattern};
///
/// let pattern = ResourcePattern::parse("workflows.argoproj.io").unwrap();
/// let fits = |action: Action<'_>| match action.target() {
///     ActionTarget::Resource(attributes) => pattern.fits(&attributes),
///     _ => false,
/// };
/// assert!(fits(Action::new("get", "workflows").group("argoproj.io")));
/// assert!(!fits(Action::new("get", "workflows")));
/// assert!(!fits(Action::new("get", "workflows").group("argoproj.io").subresource("status")));
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourcePattern(pub(super) Box<str>);

/// The parts of a [`ResourcePattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResourceParts<'a> {
    pub(crate) resource: Form<'a>,
    /// None is any group.
    pub(crate) group: Option<&'a str>,
    pub(crate) subresource: Subresource<'a>,
}

/// Which subresources a [`ResourcePattern`] fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subresource<'a> {
    /// Each, and the resource itself.
    Any,
    /// Each, and not the resource itself.
    Some,
    /// This one; empty is the resource itself.
    Is(&'a str),
}

impl ResourcePattern {
    /// Reads a pattern. None if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parts(text).filter(|_| is_clean(text)).map(|_| Self(text.into()))
    }

    /// As it stands in the file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it fits this resource.
    #[must_use]
    pub fn fits(&self, asked: &ResourceAttributes<'_>) -> bool {
        let ResourceParts { resource, group, subresource } = self.parts();
        resource.fits(asked.resource)
            && group.is_none_or(|group| group == asked.group)
            && match subresource {
                Subresource::Any => true,
                Subresource::Some => !asked.subresource.is_empty(),
                Subresource::Is(subresource) => subresource == asked.subresource,
            }
    }

    pub(crate) fn parts(&self) -> ResourceParts<'_> {
        let itself = Form::Word(&self.0);
        parts(&self.0).unwrap_or(ResourceParts { resource: itself, group: Some(""), subresource: Subresource::Is("") })
    }
}

fn parts(text: &str) -> Option<ResourceParts<'_>> {
    let (left, subresource) = match text.split_once('/') {
        Some((left, subresource)) => (left, Some(subresource)),
        None => (text, None),
    };
    let (resource, group) = match left.split_once('.') {
        Some((resource, group)) => (resource, Some(group)),
        None => (left, None),
    };
    let resource = form(resource)?;
    let plain = |word: &str| !word.is_empty() && !word.contains(['*', '/']);
    if !group.is_none_or(plain) {
        return None;
    }
    let subresource = match subresource {
        Some("*") => Subresource::Some,
        Some(subresource) => Subresource::Is(Some(subresource).filter(|word| plain(word))?),
        None if resource == Form::Any => Subresource::Any,
        None => Subresource::Is(""),
    };
    let group = if resource == Form::Any { group } else { Some(group.unwrap_or_default()) };
    Some(ResourceParts { resource, group, subresource })
}
