//! The layer as a whole, in front of a service that tells what reached it.

mod anonymous;
mod audit;
mod authorization;
mod chain;
mod challenges;
mod concurrency;
mod cross_site;
mod directories;
mod epochs;
mod fake;
mod forgetting;
mod malformed;
mod outages;
mod readiness;
mod reload;
mod require;
mod resource;
mod reuse;
mod routes;
mod time;
mod two_layers;
mod unread_bodies;
#[cfg(feature = "webhook")]
mod webhook;
