//! Workflows that are made from a template.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use portcullis::{Action, Authorization};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::body::{Failure, Sent};
use crate::object::{Metadata, OURS, Object};
use crate::shelf::Store;

/// Of which template somebody wants a workflow, and with which parameters and annotations.
pub(crate) type Wanted = (String, Vec<Value>, BTreeMap<String, String>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    #[serde(rename = "resourceKind")]
    _kind: Kind,
    resource_name: String,
    #[serde(default)]
    submit_options: Options,
}

#[derive(Deserialize)]
enum Kind {
    #[serde(alias = "workflowtemplate")]
    WorkflowTemplate,
}

/// Others are refused: nobody shall think that they count.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Each is `name=value`.
    parameters: Vec<String>,
}

pub(crate) async fn submit(
    State(store): State<Store>,
    Path((namespace, _)): Path<(String, String)>,
    authorization: Authorization,
    Sent(Request { resource_name, submit_options, .. }): Sent<Request>,
) -> Result<Json<Object>, Failure> {
    let pairs = submit_options.parameters.iter().map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let parameters = pairs.map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let wanted = (resource_name, parameters, BTreeMap::new());
    let workflow = instantiate(&store, &authorization, &namespace, wanted).await?;
    store.workflows.add(&namespace, std::slice::from_ref(&workflow))?;
    Ok(Json(workflow))
}

/// A workflow of a template, if the caller may read the one and create the other. No path says which template is meant, so
/// the file cannot ask.
pub(crate) async fn instantiate(
    store: &Store,
    authorization: &Authorization,
    namespace: &str,
    (template, parameters, annotations): Wanted,
) -> Result<Object, Failure> {
    for action in [Action::new("get", "workflowtemplates").name(&template), Action::new("create", "workflows")] {
        authorization.check(&action.group("argoproj.io").namespace(namespace)).await?;
    }
    store.templates.get(namespace, &template)?;
    let spec = json!({ "workflowTemplateRef": { "name": template }, "arguments": { "parameters": parameters } });
    let metadata = Metadata { generate_name: format!("{template}-"), annotations, ..Metadata::default() };
    let workflow = Object { metadata, spec: serde_json::from_value(spec)? };
    let mut workflow = workflow.admit(namespace, Some(authorization.principal()))?;
    workflow.metadata.labels.insert(format!("{OURS}workflow-template"), template);
    Ok(workflow)
}
