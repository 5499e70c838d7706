//! The expressions of event bindings: as much of [expr](https://expr-lang.org) as it takes to compare.
//!
//! A selector is `==` and `!=` between two operands each, joined with `&&`. An operand is a literal of JSON, or a path:
//! `payload.message`, `discriminator`. Everything else is an error, whatever the event is.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

/// Whether a selector is for this event.
pub(crate) fn holds(selector: &str, event: &RawValue) -> Result<bool, String> {
    let comparison = |text: &str| -> Result<bool, String> {
        let (equal, operator) = if text.contains("!=") { (false, "!=") } else { (true, "==") };
        let (left, right) = text.split_once(operator).ok_or_else(|| format!("`{text}` compares nothing"))?;
        Ok((value(left, event)? == value(right, event)?) == equal)
    };
    // Each is looked at, also after one that does not hold.
    selector.split("&&").map(comparison).try_fold(true, |all, it| Ok(it? && all))
}

/// What an operand is in this event, of which no more becomes a value than that. What is not there is null.
pub(crate) fn value(operand: &str, event: &RawValue) -> Result<Value, String> {
    let operand = operand.trim();
    if let Ok(literal) = serde_json::from_str(operand) {
        return Ok(literal);
    }
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
    if !operand.split('.').all(is_name) || !["payload", "discriminator"].iter().any(|it| operand.starts_with(it)) {
        return Err(format!("`{operand}` is neither a literal nor a path of the event"));
    }
    let found = operand.split('.').try_fold(event, |object, name| {
        serde_json::from_str::<BTreeMap<String, &RawValue>>(object.get()).ok()?.remove(name)
    });
    serde_json::from_str(found.unwrap_or(RawValue::NULL).get()).map_err(|error| error.to_string())
}
