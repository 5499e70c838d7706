//! Why there is no answer.

use std::fmt;

use ldap3::LdapError;

/// Why a server did not answer a question. What it says is for the log, and holds nothing of the question but names of
/// entries that the config file has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// This server cannot now: another one, or this one later, may.
    Away(String),
    /// The connection broke off. One that was kept says nothing of the server with that.
    Closed(String),
    /// Nothing was said to this question in time. Whether that is due to the server or to the question is open.
    TimedOut,
    /// We did not come to ask, through no fault of a server.
    Stuck(String),
    /// This question has no answer, which says nothing of other questions: whoever may ask anything must not be able to
    /// make a server look as if it were away. Other servers are not asked, as it would be the same there.
    Unanswered(String),
    /// Something is wrong with the config file, or with what this server has or allows: another one may be better.
    Wrong(String),
    /// The entry that was asked for, or below which something was asked for, is not there.
    NoSuchObject,
    /// There is more than was asked for.
    TooMany,
}

impl Failure {
    pub(crate) fn away(reason: impl fmt::Display) -> Self {
        Self::Away(reason.to_string())
    }

    pub(crate) fn unanswered(reason: impl fmt::Display) -> Self {
        Self::Unanswered(reason.to_string())
    }

    pub(crate) fn wrong(reason: impl fmt::Display) -> Self {
        Self::Wrong(reason.to_string())
    }

    /// Whether no server said anything that counts, so that an older answer may do.
    pub(crate) fn is_outage(&self) -> bool {
        matches!(self, Self::Away(_) | Self::Closed(_) | Self::TimedOut | Self::Stuck(_))
    }

    /// The same, with where it was or what it was about.
    pub(crate) fn about(self, what: impl fmt::Display) -> Self {
        match self {
            Self::Away(reason) => Self::Away(format!("{what}: {reason}")),
            Self::Closed(reason) => Self::Closed(format!("{what}: {reason}")),
            Self::Stuck(reason) => Self::Stuck(format!("{what}: {reason}")),
            Self::Unanswered(reason) => Self::Unanswered(format!("{what}: {reason}")),
            Self::Wrong(reason) => Self::Wrong(format!("{what}: {reason}")),
            Self::TimedOut | Self::NoSuchObject | Self::TooMany => self,
        }
    }

    /// What a result other than success means to whoever searches ([RFC 4511, appendix
    /// A](https://www.rfc-editor.org/rfc/rfc4511#appendix-A)). The server's own text is left out: nobody knows what is
    /// in it.
    pub(crate) fn of_code(code: u32) -> Self {
        match code {
            32 => Self::NoSuchObject,
            // Only these two are said of the server itself.
            51 | 52 => Self::Away(shown(code)),
            2 | 3 | 11 | 14 | 54 => Self::Unanswered(shown(code)),
            // With operationsError, Active Directory answers whoever is not bound. Some servers say that, or `other`,
            // of values that they do not understand.
            code => Self::Wrong(shown(code)),
        }
    }
}

/// A result code and what it is called.
pub(crate) fn shown(code: u32) -> String {
    let name = match code {
        1 => "operationsError",
        2 => "protocolError",
        3 => "timeLimitExceeded",
        4 => "sizeLimitExceeded",
        7 => "authMethodNotSupported",
        8 => "strongerAuthRequired",
        10 => "referral",
        11 => "adminLimitExceeded",
        12 => "unavailableCriticalExtension",
        13 => "confidentialityRequired",
        16 => "noSuchAttribute",
        17 => "undefinedAttributeType",
        18 => "inappropriateMatching",
        19 => "constraintViolation",
        21 => "invalidAttributeSyntax",
        32 => "noSuchObject",
        34 => "invalidDNSyntax",
        48 => "inappropriateAuthentication",
        49 => "invalidCredentials",
        50 => "insufficientAccessRights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwillingToPerform",
        54 => "loopDetect",
        80 => "other",
        _ => return format!("the server answers with code {code}"),
    };
    format!("the server answers {name} ({code})")
}

impl From<LdapError> for Failure {
    fn from(error: LdapError) -> Self {
        match error {
            LdapError::Io { source } => Self::Closed(source.to_string()),
            LdapError::Timeout { .. } => Self::TimedOut,
            LdapError::FilterParsing => Self::wrong("the filter is malformed"),
            LdapError::LdapResult { result } => Self::of_code(result.rc),
            _ => Self::Closed("the connection broke off".to_owned()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away(reason)
            | Self::Closed(reason)
            | Self::Stuck(reason)
            | Self::Unanswered(reason)
            | Self::Wrong(reason) => f.write_str(reason),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::NoSuchObject => f.write_str("there is no such entry"),
            Self::TooMany => f.write_str("there are too many entries"),
        }
    }
}
