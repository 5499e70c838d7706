//! What policies allow, and what is said about it.

mod draw;
mod drawn;
mod random;
mod reference;
mod scale;
mod surroundings {
    //! What the reference needs to know of the rest.

    pub(super) use portcullis_core::{Action, ActionTarget, Principal};
    pub(super) use serde_json::Value;

    pub(super) use crate::config::{Binding, Callers, Rule, Subject};
    pub(super) use crate::rbac::{ClaimTest, Pattern, Policy};
}
