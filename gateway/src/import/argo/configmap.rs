//! Where the `sso` of Argo's controller is.

use portcullis::config::ServiceAccount;

use crate::failure::Failure;
use crate::import::source::Source;
use crate::import::yaml::{Item, Node};

/// In a file that is no manifest: at once, or in the values of the Helm chart.
const PLACES: [&str; 2] = ["sso", "server.sso"];

/// The part of the ConfigMap that matters here.
pub(super) struct ConfigMap {
    pub(super) namespace: Option<String>,
    source: Source,
    node: Node,
    /// Whether that is the `sso`, and not something around it.
    is_sso: bool,
}

impl ConfigMap {
    /// Reads a manifest, whose values are YAML once more, or a file that has `sso` at once.
    pub(super) fn read(source: Source) -> Result<Self, Failure> {
        let node = Node::parse(&source)?;
        let root = node.root(&source);
        let namespace = root.at("metadata.namespace")?.map(|item| item.text()).transpose()?;
        // It becomes part of an account's name.
        let namespace = namespace.filter(|name| ServiceAccount::parse(&format!("{name}:x")).is_some());
        let namespace = namespace.map(str::to_owned);
        for (place, is_sso) in [("data.sso", true), ("data.config", false)] {
            let Some(item) = root.at(place)? else { continue };
            if !item.is_text() {
                return Err(item.wrong("not a text", "write `|` behind the key, as a ConfigMap has it"));
            }
            let source = Source::of(format!("{}, in {place}", source.name()), item.text()?);
            let node = Node::parse(&source)?;
            return Ok(Self { namespace, source, node, is_sso });
        }
        Ok(Self { namespace, node, source, is_sso: false })
    }

    pub(super) fn sso(&self) -> Result<Item<'_>, Failure> {
        let root = self.node.root(&self.source);
        if self.is_sso {
            return Ok(root);
        }
        for place in PLACES {
            if let Some(item) = root.at(place)? {
                return Ok(item);
            }
        }
        let problem = "there is no `sso` in it, nor `data.sso`; give the ConfigMap workflow-controller-configmap";
        Err(self.source.wrong(problem))
    }
}
