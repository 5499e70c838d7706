//! What the whole-program tests stand on: the program itself, its config and users, the clients
//! that call it (curl, a bare socket, HTTP/2 frames, Python), and a backend that does as it is told.
//!
//! Everything gets its port from the kernel, lives in a directory of its own, and ends with the
//! test that started it.

#![forbid(unsafe_code)]

mod answer;
mod badges;
mod counted;
mod curl;
mod document;
mod program;
mod python;
mod server;
mod site;
mod socket;
mod traces;
mod wire;

pub use answer::Answer;
pub use badges::Badges;
pub use counted::Counted;
pub use curl::curl;
pub use document::{Block, Transcript, shows};
pub use program::{Ended, Program, repository, run};
pub use python::python;
pub use server::{Server, serve};
pub use site::{Site, basic, user};
pub use socket::Socket;
pub use traces::traces;
pub use wire::{Frame, Heard, Wire, frames};
