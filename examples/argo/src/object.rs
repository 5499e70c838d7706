//! Objects, as Kubernetes has them.

use std::collections::BTreeMap;
use std::time::SystemTime;

use portcullis::{Principal, Rejection};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How the labels begin that the server sets: who made an object, and of what. What the client says of that does not count.
pub(crate) const OURS: &str = "workflows.argoproj.io/";

/// The one of them by which users say what they want.
const THEIRS: &str = "workflows.argoproj.io/archive-strategy";

/// A workflow, a template, or an event binding. What else a client sends is left out.
#[derive(Deserialize, Serialize)]
pub(crate) struct Object {
    pub(crate) metadata: Metadata,
    pub(crate) spec: Map<String, Value>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Metadata {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) generate_name: String,
    pub(crate) namespace: String,
    pub(crate) creation_timestamp: Option<String>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
}

impl Object {
    /// The object as it is stored in this namespace.
    pub(crate) fn admit(mut self, namespace: &str, creator: Option<&Principal>) -> Result<Self, Rejection> {
        let metadata = &mut self.metadata;
        // The caller's leave is for the namespace of the path.
        if !["", namespace].contains(&metadata.namespace.as_str()) {
            return Err(Rejection::malformed("metadata.namespace is not the namespace of the request"));
        }
        namespace.clone_into(&mut metadata.namespace);
        if metadata.name.is_empty() && !metadata.generate_name.is_empty() {
            // Five characters that make no words, as in Kubernetes.
            let suffix = fastrand::choose_multiple("bcdfghjklmnpqrstvwxz2456789".chars(), 5);
            metadata.name = metadata.generate_name.chars().chain(suffix).collect();
        }
        if !is_name(namespace) || !is_name(&metadata.name) {
            return Err(Rejection::malformed("no name, or no namespace: a-z, 0-9, `-` and `.`, up to 253"));
        }
        metadata.creation_timestamp = Some(humantime::format_rfc3339_seconds(SystemTime::now()).to_string());
        metadata.labels.retain(|label, _| label == THEIRS || !label.starts_with(OURS));
        if let Some(creator) = creator.filter(|creator| !creator.is_anonymous()) {
            // As much of it as the value of a label can hold.
            let name = creator.name().replace(|it: char| !it.is_ascii_alphanumeric(), "-");
            metadata.labels.insert(format!("{OURS}creator"), name[name.len().saturating_sub(63)..].to_owned());
        }
        Ok(self)
    }
}

fn is_name(name: &str) -> bool {
    (1..=253).contains(&name.len()) && name.bytes().all(|it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
}
