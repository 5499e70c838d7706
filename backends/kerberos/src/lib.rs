//! Kerberos for Portcullis: the acceptor's side of SPNEGO over HTTP and gRPC
//! ([RFC 4559](https://www.rfc-editor.org/rfc/rfc4559),
//! [RFC 4178](https://www.rfc-editor.org/rfc/rfc4178)), on MIT krb5.
//!
//! [`Kerberos`] is the backend, [`KerberosConfig`] its section of the file, and
//! [`TlsServerEndPoint`] what a server tells it about a TLS connection.
//!
//! There are no sessions (each request brings a token of its own, and the service stays
//! stateless), no delegation (what a client delegates is never taken), and no passwords that would be
//! checked at the KDC. A principal has groups only from the PAC of its ticket, and only if the file asks for them:
//! [`PacConfig`].
//!
//! To build this crate takes the headers of MIT krb5 1.19 or later, and libclang; on Debian the
//! packages `libkrb5-dev`, `libclang-dev` and `pkg-config`.

mod backend;
mod channel_binding;
mod config;
mod exchange;
mod failure;
mod framing;
mod gss;
mod keys;
mod keytab;
mod name_mapping;
mod own_side;
mod pac;
mod pool;
mod principal_name;
mod replay_cache;
mod service;
mod tlv;

pub use backend::Kerberos;
pub use channel_binding::{NoEndPoint, TlsServerEndPoint};
pub use config::{ChannelBinding, KerberosConfig};
pub use framing::{Framing, TicketHint};
pub use name_mapping::{NameMapping, NameRule};
pub use pac::{LogonInfo, MalformedLogonInfo, PacConfig};
