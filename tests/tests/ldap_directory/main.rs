//! The program, with a directory behind it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod draw;
mod groups;
mod injection;
mod names;
mod passwords;
mod scene;
mod servers;
mod slow;
mod tickets;
