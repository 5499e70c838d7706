//! What the cluster is asked: who, and what.

use k8s_openapi::api::authorization::v1 as api;
use portcullis_core::{Action, ActionTarget, Principal, ResourceAttributes};
use serde_json::Value;

use super::act_as::Account;

/// What the names and groups of a backend begin with, before what the cluster calls them.
#[derive(Debug, Default)]
pub(super) struct Prefixes {
    pub(super) username: String,
    pub(super) groups: String,
}

/// All that a review says. It borrows from the principal, so that a remembered answer is found without copying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question<'a> {
    user: &'a str,
    uid: &'a str,
    groups: Vec<&'a str>,
    extra: Vec<(&'a str, Vec<&'a str>)>,
    verb: &'a str,
    target: Target<'a>,
}

/// The targets that a review knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target<'a> {
    Resource(ResourceAttributes<'a>),
    Url(&'a str),
}

impl<'a> Question<'a> {
    /// Whether `principal`, whom the cluster itself vouched for, may do this. `None` if it cannot be said who that is to
    /// the cluster: the name lacks its prefix, or the claims `uid` and `extra` are not as the cluster had them. To ask
    /// without `extra` could be to ask about more than the caller's token allows: OpenShift has its scopes there.
    pub(super) fn about_own(principal: &'a Principal, prefixes: &Prefixes, action: &Action<'a>) -> Option<Self> {
        let user = principal.name().strip_prefix(prefixes.username.as_str()).filter(|user| !user.is_empty())?;
        let groups = principal.groups().filter_map(|group| group.strip_prefix(prefixes.groups.as_str()));
        let groups = groups.filter(|group| !group.is_empty()).collect();
        let uid = match principal.claims().get("uid") {
            None => "",
            Some(uid) => uid.as_str()?,
        };
        let extra = match principal.claims().get("extra") {
            None => Vec::new(),
            Some(extra) => extra.as_object()?.iter().map(entry).collect::<Option<_>>()?,
        };
        Some(Self { user, uid, groups, extra, verb: action.verb(), target: Target::of(action)? })
    }

    /// Whether this account may do it. Nothing of the caller's is said.
    pub(super) fn about(account: &'a Account, action: &Action<'a>) -> Option<Self> {
        let groups = account.groups.iter().map(String::as_str).collect();
        let target = Target::of(action)?;
        Some(Self { user: &account.user, uid: "", groups, extra: Vec::new(), verb: action.verb(), target })
    }

    /// Everything that is asked, part for part. Each part comes after its length, and each of a list after a word that
    /// says what it is, so no two questions have the same bytes in a row.
    pub(super) fn encode(&self, mut sink: impl FnMut(&[u8])) {
        // All fields by name: one that is added must not be forgotten here.
        let Self { user, uid, groups, extra, verb, target } = self;
        let mut text = |text: &str| {
            sink(&(text.len() as u64).to_le_bytes());
            sink(text.as_bytes());
        };
        [user, uid, verb].into_iter().for_each(|part| text(part));
        match target {
            Target::Resource(attributes) => {
                text("resource");
                parts(attributes).into_iter().for_each(&mut text);
            }
            Target::Url(path) => {
                text("url");
                text(path);
            }
        }
        for (key, values) in extra {
            text("extra");
            text(key);
            values.iter().for_each(|value| {
                text("value");
                text(value);
            });
        }
        for group in groups {
            text("group");
            text(group);
        }
    }

    /// How many bytes of it the caller may have made up: the attributes of what is asked.
    pub(super) fn attribute_bytes(&self) -> usize {
        let target = match &self.target {
            Target::Resource(attributes) => parts(attributes).into_iter().map(str::len).sum(),
            Target::Url(path) => path.len(),
        };
        self.verb.len() + target
    }

    /// The review to post.
    pub(super) fn review(&self) -> api::SubjectAccessReview {
        let Self { user, uid, groups, extra, verb, target } = self;
        let (resource_attributes, non_resource_attributes) = match target {
            Target::Resource(ResourceAttributes { group, resource, subresource, namespace, name, .. }) => {
                let attributes = api::ResourceAttributes {
                    verb: said(verb),
                    group: said(group),
                    resource: said(resource),
                    subresource: said(subresource),
                    namespace: said(namespace),
                    name: said(name),
                    ..Default::default()
                };
                (Some(attributes), None)
            }
            Target::Url(path) => (None, Some(api::NonResourceAttributes { verb: said(verb), path: said(path) })),
        };
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let all_extra = || extra.iter().map(|(key, values)| ((*key).to_owned(), owned(values))).collect();
        api::SubjectAccessReview {
            spec: api::SubjectAccessReviewSpec {
                user: said(user),
                uid: said(uid),
                groups: (!groups.is_empty()).then(|| owned(groups)),
                extra: (!extra.is_empty()).then(all_extra),
                resource_attributes,
                non_resource_attributes,
            },
            ..Default::default()
        }
    }
}

impl<'a> Target<'a> {
    fn of(action: &Action<'a>) -> Option<Self> {
        match action.target() {
            ActionTarget::Resource(attributes) => Some(Self::Resource(attributes)),
            ActionTarget::Url(path) => Some(Self::Url(path)),
            // ActionTarget is non_exhaustive: what this version does not know it cannot ask about.
            _ => None,
        }
    }
}

fn parts<'a>(attributes: &ResourceAttributes<'a>) -> [&'a str; 5] {
    let ResourceAttributes { group, resource, subresource, namespace, name, .. } = attributes;
    [group, resource, subresource, namespace, name]
}

/// One entry of the claim `extra`: a key, and its strings.
fn entry<'a>((key, values): (&'a String, &'a Value)) -> Option<(&'a str, Vec<&'a str>)> {
    let values = values.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
    Some((key, values))
}

fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests;
