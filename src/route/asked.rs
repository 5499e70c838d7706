//! The action of a route, and what it is for one request.

use std::borrow::Cow;

use portcullis_core::{Action, Invalid};

use super::config::ActionConfig;
use super::template::Template;
use super::text::Text;

/// The action of a route, to be completed by a path.
#[derive(Clone, Debug)]
pub(super) struct Wanted(Parts<Text>);

/// What one request asks to do: the action of its route, with its captures.
#[derive(Clone, Debug)]
pub struct Asked<'a>(Parts<Cow<'a, str>>);

/// The parts of an action. What is not said is empty.
#[derive(Clone, Debug)]
struct Parts<T> {
    verb: T,
    /// The resource, or the URL.
    object: T,
    is_url: bool,
    group: T,
    subresource: T,
    namespace: T,
    name: T,
}

impl Wanted {
    pub(super) fn read(config: &ActionConfig, template: &Template) -> Result<Self, Vec<Invalid>> {
        let mut problems = Vec::new();
        let (object, is_url) = match (&config.resource, &config.url) {
            (Some(resource), None) => (("resource", resource), false),
            (None, Some(url)) => (("url", url), true),
            (Some(resource), Some(_)) => {
                let problem = "stands beside `resource`";
                problems.push(Invalid::new("action.url", problem).expected("the one or the other"));
                (("resource", resource), false)
            }
            (None, None) => return Err(vec![Invalid::new("action", "on nothing").expected("`resource`, or `url`")]),
        };
        let mut read = |key: &str, text: &str| match Text::read(key, text, template) {
            Ok(text) => text,
            Err(invalid) => {
                problems.push(invalid);
                Text::default()
            }
        };
        let verb = read("verb", &config.verb);
        let object = read(object.0, object.1);
        let parts = [
            ("group", &config.group),
            ("subresource", &config.subresource),
            ("namespace", &config.namespace),
            ("name", &config.name),
        ];
        let [group, subresource, namespace, name] =
            parts.map(|(key, text)| text.as_ref().map(|text| read(key, text)).unwrap_or_default());
        for (key, _) in parts.iter().filter(|(_, text)| is_url && text.is_some()) {
            let invalid = Invalid::new(format!("action.{key}"), "a URL has none");
            problems.push(invalid.expected("the key left out beside `url`"));
        }
        match problems.is_empty() {
            true => Ok(Self(Parts { verb, object, is_url, group, subresource, namespace, name })),
            false => Err(problems),
        }
    }

    /// What it is for this path, which is decoded.
    pub(super) fn of<'a>(&'a self, path: &'a str) -> Asked<'a> {
        let Parts { verb, object, is_url, group, subresource, namespace, name } = &self.0;
        Asked(Parts {
            verb: verb.of(path),
            object: object.of(path),
            is_url: *is_url,
            group: group.of(path),
            subresource: subresource.of(path),
            namespace: namespace.of(path),
            name: name.of(path),
        })
    }
}

impl Asked<'_> {
    /// It without the request.
    pub(crate) fn into_owned(self) -> Asked<'static> {
        let Parts { verb, object, is_url, group, subresource, namespace, name } = self.0;
        let [verb, object, group, subresource, namespace, name] =
            [verb, object, group, subresource, namespace, name].map(|text| Cow::Owned(text.into_owned()));
        Asked(Parts { verb, object, is_url, group, subresource, namespace, name })
    }

    /// It as an action.
    pub fn action(&self) -> Action<'_> {
        let Parts { verb, object, is_url, group, subresource, namespace, name } = &self.0;
        match is_url {
            true => Action::url(verb, object),
            false => Action::new(verb, object).group(group).subresource(subresource).namespace(namespace).name(name),
        }
    }
}
