//! Events: whatever JSON somebody sends, and the workflows that the event bindings make of it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use portcullis::{Authorization, Rejection};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use crate::body::{Failure, Sent};
use crate::expression::{holds, value};
use crate::shelf::Store;
use crate::submission::{Wanted, instantiate};

/// The file asks for leave to list the bindings. What becomes of the event is asked for each workflow.
pub(crate) async fn receive(
    State(store): State<Store>,
    Path((namespace, discriminator)): Path<(String, String)>,
    authorization: Authorization,
    Sent(payload): Sent<Box<RawValue>>,
) -> Result<Json<Value>, Failure> {
    let event =
        to_raw_value(&BTreeMap::from([("discriminator", to_raw_value(&discriminator)?), ("payload", payload)]))?;
    let mut workflows = Vec::new();
    for json in store.bindings.list(&namespace) {
        if let Some(wanted) = wanted(&serde_json::from_slice(&json)?, &event).map_err(Rejection::malformed)? {
            workflows.push(instantiate(&store, &authorization, &namespace, wanted).await?);
        }
    }
    // Nothing is made unless all of it may be.
    store.workflows.add(&namespace, &workflows).map(|()| Json(json!({})))
}

/// What a binding wants, if it is for this event. What is wrong with the binding is an error whatever the event is.
pub(crate) fn wanted(binding: &Value, event: &RawValue) -> Result<Option<Wanted>, String> {
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| format!("{value} is no text"));
    let result = |operand: &Value| {
        let value = value(&text(operand)?, event)?;
        Ok::<_, String>(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let submit = &binding["spec"]["submit"];
    let mut parameters = Vec::new();
    for parameter in submit["arguments"]["parameters"].as_array().into_iter().flatten() {
        let value = result(&parameter["valueFrom"]["event"])?;
        parameters.push(json!({ "name": text(&parameter["name"])?, "value": value }));
    }
    let annotations = submit["metadata"]["annotations"].as_object().into_iter().flatten();
    let annotations = annotations.map(|(name, operand)| Ok((name.clone(), result(operand)?)));
    let annotations = annotations.collect::<Result<_, String>>()?;
    let template = text(&submit["workflowTemplateRef"]["name"])?;
    Ok(holds(&text(&binding["spec"]["event"]["selector"])?, event)?.then_some((template, parameters, annotations)))
}
