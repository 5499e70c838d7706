//! Why there is no token.

use std::fmt;

/// Why a kubeconfig in the header is refused. It holds no part of what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Over 64 KiB.
    TooLong,
    /// Neither of the two forms.
    NotAKubeconfig,
    /// `v1:` and the like.
    UnknownVersion,
    /// Not strict base64.
    NotBase64,
    /// The bytes are not text.
    NotUtf8,
    /// Not JSON, or with a number that no `f64` holds.
    NotJson,
    /// Not YAML, or with tags or names that a kubeconfig cannot have.
    NotYaml,
    /// Several documents.
    SeveralDocuments,
    /// YAML's anchors and aliases, with which little text becomes much.
    Alias,
    /// YAML's `<<`.
    MergeKey,
    /// A name twice in one mapping; in a `v0:` configuration, also if the two differ by case, which Go does not look at.
    DuplicateName,
    /// More levels than any kubeconfig has.
    TooDeep,
    /// Another `kind` than `Config`, or another `apiVersion` than `v1`.
    OtherKind,
    /// Something else where a mapping, a list of named entries, or text has to be.
    Malformed,
    /// No `current-context`.
    NoCurrentContext,
    /// Two contexts of one name.
    DuplicateContext,
    /// The current context is not among the contexts.
    NoSuchContext,
    /// The current context has no user.
    NoUser,
    /// Two users of one name.
    DuplicateUser,
    /// The current context's user is not among the users.
    NoSuchUser,
    /// A user name or a password.
    Password,
    /// A client certificate or its key, as data or as a file.
    ClientCertificate,
    /// A program that would make the token.
    Exec,
    /// A plug-in that would make the token.
    AuthProvider,
    /// A file that has the token.
    TokenFile,
    /// No token.
    NoToken,
    /// A token of something else than visible ASCII, which no header can carry.
    Unsendable,
    /// A token that is a kubeconfig again.
    Nested,
}

impl Refused {
    /// What is refused, in words for the log.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::TooLong => "a kubeconfig over 64 KiB",
            Self::NotAKubeconfig => "not a kubeconfig",
            Self::UnknownVersion => "a version of the header that is not known",
            Self::NotBase64 => "a kubeconfig that is not strict base64",
            Self::NotUtf8 => "a kubeconfig that is not UTF-8",
            Self::NotJson => "a kubeconfig that is not JSON",
            Self::NotYaml => "a kubeconfig that is not YAML",
            Self::SeveralDocuments => "a kubeconfig of several documents",
            Self::Alias => "a kubeconfig with YAML anchors or aliases",
            Self::MergeKey => "a kubeconfig with YAML merge keys",
            Self::DuplicateName => "a kubeconfig with a name twice in one mapping",
            Self::TooDeep => "a kubeconfig nested too deeply",
            Self::OtherKind => "a document of another kind than a kubeconfig",
            Self::Malformed => "a kubeconfig with something else where a mapping, named entries or text have to be",
            Self::NoCurrentContext => "a kubeconfig without a current context",
            Self::DuplicateContext => "a kubeconfig with two contexts of one name",
            Self::NoSuchContext => "a kubeconfig whose current context is not there",
            Self::NoUser => "a kubeconfig whose current context has no user",
            Self::DuplicateUser => "a kubeconfig with two users of one name",
            Self::NoSuchUser => "a kubeconfig whose current user is not there",
            Self::Password => "a kubeconfig with a user name or password",
            Self::ClientCertificate => "a kubeconfig with a client certificate or key",
            Self::Exec => "a kubeconfig with an exec plug-in",
            Self::AuthProvider => "a kubeconfig with an auth provider",
            Self::TokenFile => "a kubeconfig with a token file",
            Self::NoToken => "a kubeconfig without a bearer token",
            Self::Unsendable => "a kubeconfig whose token no header can carry",
            Self::Nested => "a kubeconfig whose token is a kubeconfig again",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl std::error::Error for Refused {}
