//! Claims that a token must have.

use portcullis_jwt::{ClaimPath, Claims, Json, Number};

use crate::config::{OidcConfig, RequiredValue};

#[derive(Debug)]
pub(super) struct Required(Vec<(ClaimPath, RequiredValue)>);

impl Required {
    pub(super) fn new(config: &OidcConfig) -> Self {
        Self(config.required_claims.iter().map(|(path, value)| (path.clone(), value.clone())).collect())
    }

    pub(super) fn check(&self, claims: &Claims<'_>) -> Result<(), String> {
        let missing = self.0.iter().find(|(path, value)| !claims.at(path).is_some_and(|claim| has(claim, value)));
        missing.map_or(Ok(()), |(path, _)| Err(format!("the claim {path} has not the value that is required")))
    }
}

fn has(claim: &Json<'_>, value: &RequiredValue) -> bool {
    match claim {
        Json::Array(elements) => elements.iter().any(|element| is(element, value)),
        claim => is(claim, value),
    }
}

fn is(claim: &Json<'_>, value: &RequiredValue) -> bool {
    match (claim, value) {
        (Json::Bool(claim), RequiredValue::Bool(value)) => claim == value,
        (Json::Number(Number::Unsigned(claim)), RequiredValue::Integer(value)) => u64::try_from(*value) == Ok(*claim),
        (Json::Number(Number::Negative(claim)), RequiredValue::Integer(value)) => claim == value,
        (Json::String(claim), RequiredValue::OneOf(values)) => values.iter().any(|value| *value == **claim),
        _ => false,
    }
}
