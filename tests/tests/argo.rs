//! The example of Argo's API, with the config files that it comes with, and a real cluster: every command of Argo's three
//! documents, by `kubectl` and curl, and Argo's two Python clients.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "argo/access.rs"]
mod access;
#[path = "argo/clients.rs"]
mod clients;
#[path = "argo/documents.rs"]
mod documents;
#[path = "argo/events.rs"]
mod events;
#[path = "argo/modes.rs"]
mod modes;
#[path = "argo/objects.rs"]
mod objects;
#[path = "argo/readme.rs"]
mod readme;
#[path = "argo/scene.rs"]
mod scene;
#[path = "argo/shell.rs"]
mod shell;
#[path = "argo/webhooks.rs"]
mod webhooks;
