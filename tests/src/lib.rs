//! What the whole-program tests stand on: the program itself, its config and users, the clients
//! that call it (curl, a bare socket, HTTP/2 frames, Python, Chromium), OpenID providers with what can
//! go wrong between them and us, Kerberos realms, directory servers (OpenLDAP, and
//! Samba as an Active Directory domain controller) and slow lines to them, Kubernetes clusters, Apache for comparison, and a backend that does as it
//! is told.
//!
//! What a test sends to a program, or writes into its files, is secret where it is a credential or a key:
//! see [`Program`].
//!
//! Everything gets its port from the kernel, lives in a directory of its own, and ends with the
//! test that started it.

#![forbid(unsafe_code)]

mod answer;
mod apache;
mod authority;
mod background;
mod badges;
mod bearer;
mod chromium;
mod cluster;
mod cluster_entry;
mod connect_proxy;
mod counted;
mod curl;
mod document;
mod entries;
mod faults;
mod glewlwyd;
mod initiator;
mod installed;
mod jwt;
mod kubectl;
mod ldap_client;
mod nowhere;
mod orders;
mod pod;
mod port;
mod process;
mod program;
mod provider;
mod python;
mod realm;
mod samba;
mod secrets;
mod server;
mod site;
mod slapd;
mod slow_line;
mod socket;
mod traces;
mod watch;
mod wire;

pub use answer::Answer;
pub use apache::Apache;
pub use authority::{Authority, Certificate};
pub use badges::Badges;
pub use chromium::Visit;
pub use cluster::{Caller, Cluster, ClusterBuilder, Subject, TokenRequest};
pub use connect_proxy::ConnectProxy;
pub use counted::Counted;
pub use curl::curl;
pub use document::{Block, MANIFESTS, Transcript, shows};
pub use entries::{Entries, group_dn, password_of, user_dn};
pub use faults::{Fault, Faults};
pub use glewlwyd::Glewlwyd;
pub use initiator::{Initiator, Token, Wish, negotiate};
pub use jwt::{decoded, with_kid};
pub use kubectl::kubectl;
pub use ldap_client::{Found, LdapClient};
pub use nowhere::Nowhere;
pub use pod::Pod;
pub use process::Ended;
pub use program::{Program, repository};
pub use provider::{Access, LoggedIn, OldKeys, Provider};
pub use python::{airflow, python, python_client, python_clients};
pub use realm::{Forgery, Realm, Tickets, on_localhost};
pub use samba::{Alteration, Samba};
pub use server::{Server, serve};
pub use site::{Site, basic, user};
pub use slapd::{Slapd, SlapdBuilder};
pub use slow_line::{Pace, SlowLine};
pub use socket::Socket;
pub use traces::{Trace, traces, traces_of};
pub use wire::{Frame, Heard, Wire, frames};
