//! Why nobody can say for sure what a request asks for.

use std::fmt;

/// Why a request's target is refused: one server would take it for one thing, the next one for
/// another. Its text is for the log; a client is told [`Ambiguous::MESSAGE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ambiguous {
    /// A segment is `.` or `..`, be it encoded.
    DotSegment,
    /// Two slashes in a row.
    EmptySegment,
    /// A slash or a backslash, encoded.
    EncodedSeparator,
    /// A backslash.
    Backslash,
    /// A semicolon, be it encoded: some servers cut off what follows.
    Semicolon,
    /// A control character, be it encoded: NUL, a line break, or a space that is not encoded.
    ControlCharacter,
    /// A percent sign without two hexadecimal digits.
    BadEscape,
    /// What is encoded is an escape again.
    EncodedTwice,
    /// What is encoded is not UTF-8.
    NotUtf8,
    /// Bytes beyond ASCII that are not encoded.
    NotAscii,
    /// The path does not begin with a slash.
    NoLeadingSlash,
    /// `*` with a method other than `OPTIONS`.
    Asterisk,
    /// `CONNECT`, which asks a proxy for a tunnel.
    Connect,
    /// Two `Host` fields.
    TwoHosts,
    /// The host is none, or a user stands before it.
    BadHost,
    /// The `Host` field is another one than the target's own, or than `:authority`.
    OtherHost,
    /// Decoded, the path would take another route.
    OtherRoute,
}

impl Ambiguous {
    /// What a client is told.
    pub const MESSAGE: &str = "the request target is ambiguous";

    /// The reason, for the log.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::DotSegment => "a dot segment in the path",
            Self::EmptySegment => "two slashes in a row in the path",
            Self::EncodedSeparator => "an encoded slash or backslash in the path",
            Self::Backslash => "a backslash in the path",
            Self::Semicolon => "a semicolon in the path",
            Self::ControlCharacter => "a control character in the path",
            Self::BadEscape => "an incomplete escape in the path",
            Self::EncodedTwice => "an escape of an escape in the path",
            Self::NotUtf8 => "escapes in the path that are not UTF-8",
            Self::NotAscii => "bytes beyond ASCII in the path",
            Self::NoLeadingSlash => "a path that does not begin with a slash",
            Self::Asterisk => "the target `*` without OPTIONS",
            Self::Connect => "the method CONNECT",
            Self::TwoHosts => "two Host fields",
            Self::BadHost => "a host that is none",
            Self::OtherHost => "a Host field that is not the target's host",
            Self::OtherRoute => "an encoded path that takes another route when decoded",
        }
    }
}

impl fmt::Display for Ambiguous {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl std::error::Error for Ambiguous {}
