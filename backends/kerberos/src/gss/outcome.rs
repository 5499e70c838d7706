//! What the library answers.
#![forbid(unsafe_code)]

use std::time::Duration;

/// What became of a token that was taken as it should be.
#[derive(Debug)]
pub(crate) enum Step {
    Complete(Complete),
    /// The client would have to send more.
    Incomplete,
}

/// A context that is established.
#[derive(Debug)]
pub(crate) struct Complete {
    /// Whoever presented the token, as libkrb5 writes names.
    pub(crate) client: String,
    /// What `auth_to_local` makes of the client, if that was asked for and there is something.
    pub(crate) local: Option<String>,
    /// What the ticket's PAC holds, if that was asked for.
    pub(crate) pac: TicketPac,
    /// Whether the mechanism was Kerberos.
    pub(crate) is_krb5: bool,
    pub(crate) is_anonymous: bool,
    /// Whether the client sent channel bindings, and they were the ones that were given.
    pub(crate) is_channel_bound: bool,
    /// How long the ticket lasts, with the leeway that libkrb5 grants to clocks.
    pub(crate) lifetime: Option<Duration>,
    /// What goes back to the client.
    pub(crate) token: Vec<u8>,
}

/// What the PAC of a ticket holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TicketPac {
    /// Nobody asked; or the ticket has no PAC, or one without logon information.
    NoLogonInfo,
    /// The logon information, by a KDC or by whoever else has the service's key: the checksum is good.
    LogonInfo(Vec<u8>),
    /// It is there, and nothing vouches for it: the checksum by the service's key is wrong, or missing.
    Tampered,
}

/// What the library says when it does not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GssError {
    /// The routine error (RFC 2744, section 3.9.1).
    pub(crate) routine: Routine,
    /// What the mechanism says. Its numbers mean nothing beyond the call.
    pub(crate) text: String,
    /// What goes back to the client, if there is something.
    pub(crate) token: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Routine {
    BadBindings,
    BadMechanism,
    DefectiveToken,
    /// The ticket's time ran out on the way.
    Expired,
    /// Whatever the mechanism says.
    Other,
}

impl GssError {
    pub(super) fn own(text: &str) -> Self {
        Self { routine: Routine::Other, text: text.to_owned(), token: Vec::new() }
    }
}
