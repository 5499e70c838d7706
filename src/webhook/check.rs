//! What is wrong with a `[[webhook]]`, as far as its own words say.

use std::collections::HashMap;
use std::time::Duration;

use portcullis_core::Invalid;
use portcullis_core::config::{duration, number};

use super::config::{ClientConfig, ClientType, WebhookConfig};
use super::form::Form;
use crate::chain::is_system;
use crate::config::is_name;
use crate::rbac::is_clean;

const METHODS: &[&str] = &["POST", "PUT", "PATCH"];
const MIB: usize = 1024 * 1024;
const SECOND: Duration = Duration::from_secs(1);

impl WebhookConfig {
    pub(crate) fn check(&self) -> Vec<Invalid> {
        let mut problems = Vec::new();
        if self.path.is_none() {
            problems.push(Invalid::new("path", "this key is required"));
        }
        for (index, method) in self.methods.iter().enumerate() {
            if !METHODS.contains(&method.as_str()) {
                let invalid = Invalid::new(format!("methods[{index}]"), "not a method of a webhook");
                problems.push(invalid.expected("one of `POST`, `PUT`, `PATCH`"));
            }
        }
        if !is_name(&self.name) {
            let expected = "1 to 64 visible ASCII characters, without spaces";
            problems.push(Invalid::new("name", "wrong value").expected(expected));
        } else if is_system(&self.name) {
            problems.push(reserved("name".to_owned(), "a name"));
        }
        let bounds = [
            number::bounded("max_body", self.max_body, 1..=64 * MIB),
            number::bounded("max_buffered", self.room(), self.max_body..=4096 * MIB),
            duration::bounded("timeout", self.timeout, SECOND / 10..=300 * SECOND),
            duration::bounded("replay_window", self.replay_window, Duration::ZERO..=86_400 * SECOND),
        ];
        problems.extend(bounds.into_iter().filter_map(Result::err));
        for (key, path) in [("clients_dir", &self.clients_dir), ("clients_file", &self.clients_file)] {
            if path.as_ref().is_some_and(|path| path.as_os_str().is_empty()) {
                problems.push(Invalid::new(key, "empty").expected("a path"));
            }
        }
        if self.client.is_empty() && self.clients_dir.is_none() && self.clients_file.is_none() {
            let expected = "`[[webhook.client]]`, `clients_dir` or `clients_file`";
            problems.push(Invalid::new("", "has no clients, so no signature would be good").expected(expected));
        }
        problems.extend(self.client.iter().enumerate().flat_map(|(index, client)| client.check(index)));
        problems.extend(self.alike());
        problems
    }

    /// Clients of one name.
    fn alike(&self) -> Vec<Invalid> {
        let invalid = |(before, index)| {
            let invalid = Invalid::new(format!("client[{index}].name"), format!("client[{before}] has the same name"));
            invalid.expected("a name of its own; a client may have several `secrets`")
        };
        same_names(self.client.iter().map(|client| &*client.name)).map(invalid).collect()
    }
}

impl ClientConfig {
    fn check(&self, index: usize) -> Vec<Invalid> {
        let at = |key: &str| format!("client[{index}].{key}");
        let mut problems: Vec<_> = check_name(&self.name, at("name"), "a name").into_iter().collect();
        let groups = self.groups.iter().enumerate();
        problems.extend(groups.filter_map(|(of, group)| check_name(group, at(&format!("groups[{of}]")), "a group")));
        if self.secrets.is_empty() {
            problems.push(Invalid::new(at("secrets"), "an empty list").expected("at least one secret"));
        }
        if self.kind != ClientType::Hmac {
            let set = [
                ("header", self.header.is_some()),
                ("prefix", self.prefix.is_some()),
                ("encoding", self.encoding.is_some()),
                ("signed", self.signed.is_some()),
                ("timestamp", self.timestamp.is_some()),
            ];
            let expected = "the key left out, or the type `hmac`";
            let set = set.into_iter().filter(|(_, is_set)| *is_set);
            problems
                .extend(set.map(|(key, _)| Invalid::new(at(key), "the type says how it is signed").expected(expected)));
        } else if let Err(found) = Form::of(self) {
            let within = |invalid: Invalid| {
                let moved = Invalid::new(at(invalid.key()), invalid.problem());
                invalid.expectation().map_or(moved.clone(), |expected| moved.expected(expected))
            };
            problems.extend(found.into_iter().map(within));
        }
        problems
    }
}

/// The places of each name that comes again: the one before, and its own.
pub(super) fn same_names<'a>(names: impl Iterator<Item = &'a str>) -> impl Iterator<Item = (usize, usize)> {
    let mut places = HashMap::new();
    names.enumerate().filter_map(move |(index, name)| Some((places.insert(name, index)?, index)))
}

/// What is wrong with the name of a client, or of a group.
pub(super) fn check_name(name: &str, key: String, what: &str) -> Option<Invalid> {
    if is_system(name) {
        return Some(reserved(key, what));
    }
    let expected = "1 to 1024 bytes, without control characters and without white space at the ends";
    (!is_clean(name)).then(|| Invalid::new(key, "wrong value").expected(expected))
}

fn reserved(key: String, what: &str) -> Invalid {
    Invalid::new(key, "begins with `system:`, which is for Kubernetes alone").expected(format!("{what} that does not"))
}
