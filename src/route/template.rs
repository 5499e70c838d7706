//! The template of a path: literals and captures.

use portcullis_core::Invalid;

use super::path::split_segment;

/// Bytes. It also bounds how deep the tree of the templates is.
const MAX_LEN: usize = 1024;

/// The segments that a path must have.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// These bytes. Empty as the last one of a path that ends in a slash.
    Literal(Box<str>),
    /// One segment that is not empty, and its name.
    Capture(Box<str>),
    /// All that is left, if only nothing. Without a name, nothing asks for it.
    Rest(Option<Box<str>>),
}

/// Where in a path a capture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    Segment(usize),
    From(usize),
}

impl Template {
    /// Reads `path`: `/api/{name}/{*rest}`.
    pub(super) fn of_path(text: &str) -> Result<Self, Invalid> {
        let invalid = |problem: &str, expected: &str| Err(Invalid::new("path", problem).expected(expected));
        if text.len() > MAX_LEN {
            return invalid("too long", &format!("at most {MAX_LEN} bytes"));
        }
        let Some(text) = text.strip_prefix('/') else {
            return invalid("does not begin with a slash", "a path such as `/api/v1/workflows/{namespace}`");
        };
        if text.contains(['?', '#']) {
            return invalid("more than a path", "a path without query and fragment: they are not looked at");
        }
        let mut template = Self { segments: Vec::new() };
        let mut segments = text.split('/').peekable();
        while let Some(segment) = segments.next() {
            let segment = Segment::read(segment, segments.peek().is_none())?;
            if segment.name().is_some_and(|name| template.position(name).is_some()) {
                return invalid("two captures of one name", "a name of its own for each capture");
            }
            template.segments.push(segment);
        }
        Ok(template)
    }

    /// Reads `grpc`: `/package.Service/Method`, or `*` for the method.
    pub(super) fn of_grpc(text: &str) -> Result<Self, Invalid> {
        let parts = text.strip_prefix('/').and_then(|text| text.split_once('/'));
        let (service, method) = parts.filter(|_| text.len() <= MAX_LEN).unwrap_or_default();
        let method = match method {
            "*" => Some(Segment::Rest(None)),
            method => is_identifier(method).then(|| Segment::Literal(method.into())),
        };
        match method.filter(|_| service.split('.').all(is_identifier)) {
            Some(method) => Ok(Self { segments: vec![Segment::Literal(service.into()), method] }),
            None => {
                let expected = "`/package.Service/Method`, or `/package.Service/*` for all its methods";
                Err(Invalid::new("grpc", "no gRPC method").expected(expected))
            }
        }
    }

    /// The names of its captures.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(Segment::name)
    }

    /// The path, captures as they are, that it is for all below of; none if it is not for the rest.
    pub(super) fn bare_prefix(&self) -> Option<String> {
        match self.segments.split_last() {
            Some((Segment::Rest(Some(_)), before @ [_, ..])) => Some(example(before)),
            _ => None,
        }
    }

    /// A path that it is for, and no literal but its own.
    pub(super) fn example(&self) -> String {
        example(&self.segments)
    }

    /// Where the capture of this name is.
    pub(super) fn position(&self, name: &str) -> Option<Position> {
        let index = self.segments.iter().position(|segment| segment.name() == Some(name))?;
        Some(match self.segments[index] {
            Segment::Rest(_) => Position::From(index),
            _ => Position::Segment(index),
        })
    }
}

/// Such a path, where `{}` stands for what is captured: no literal has braces.
fn example(segments: &[Segment]) -> String {
    let shown = |segment: &Segment| match segment {
        Segment::Literal(literal) => format!("/{literal}"),
        Segment::Capture(_) | Segment::Rest(_) => "/{}".to_owned(),
    };
    segments.iter().map(shown).collect()
}

impl Position {
    /// What a path has there; empty if it is not that long.
    pub(super) fn of(self, path: &str) -> &str {
        let (Self::Segment(index) | Self::From(index)) = self;
        // Each segment has a slash before it.
        let mut slashes = path.bytes().enumerate().filter(|(_, byte)| *byte == b'/');
        let left = slashes.nth(index).map_or("", |(slash, _)| &path[slash + 1..]);
        match self {
            Self::Segment(_) => split_segment(left).0,
            Self::From(_) => left,
        }
    }
}

impl Segment {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Literal(_) => None,
            Self::Capture(name) => Some(name),
            Self::Rest(name) => name.as_deref(),
        }
    }

    fn read(text: &str, is_last: bool) -> Result<Self, Invalid> {
        let invalid = |problem: &str, expected: &str| Err(Invalid::new("path", problem).expected(expected));
        match text {
            "" if is_last => return Ok(Self::Literal(text.into())),
            "" => return invalid("two slashes in a row", "one: a request with two is refused"),
            "." | ".." => return invalid("a dot segment", "a path without: a request with one is refused"),
            _ if text.starts_with([':', '*']) => {
                return invalid("a segment begins with `:` or `*`", "`{name}`, or `{*name}` at the end, for a capture");
            }
            _ => {}
        }
        if !text.contains(['{', '}']) {
            return match text.bytes().find(|byte| !is_literal(*byte)) {
                None => Ok(Self::Literal(text.into())),
                Some(b'%') => invalid("a percent sign", "the characters themselves, or a capture"),
                Some(b'*') => {
                    let expected = "`{name}` for one segment, or `{*name}` at the end for all below";
                    invalid("an asterisk, which is no wildcard here", expected)
                }
                Some(_) => {
                    let expected = "letters and digits of ASCII, and any of -._~!$&'()+,=:@, or a capture";
                    invalid("a character that no request can have there", expected)
                }
            };
        }
        let Some(name) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else {
            return invalid("a brace within a segment", "a capture as a whole segment: `{name}`");
        };
        let (name, is_rest) = name.strip_prefix('*').map_or((name, false), |name| (name, true));
        if !is_identifier(name) {
            return invalid("a capture without a proper name", "letters, digits and underscores, such as `{name}`");
        }
        match is_rest {
            true if !is_last => invalid("a capture of the rest before the end", "`{*name}` as the last segment"),
            true => Ok(Self::Rest(Some(name.into()))),
            false => Ok(Self::Capture(name.into())),
        }
    }
}

/// `pchar` of [RFC 3986, section 3.3](https://www.rfc-editor.org/rfc/rfc3986#section-3.3), without
/// escapes, without the semicolon, with which a request is refused, and without the asterisk: `/admin*` would leave open what it
/// seems to guard.
fn is_literal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()+,=:@".contains(&byte)
}

fn is_identifier(text: &str) -> bool {
    let starts = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    text.bytes().next().is_some_and(starts) && text.bytes().all(|byte| starts(byte) || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
