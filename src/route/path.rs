//! A request's path: whether there is one way to read it, and what it is when decoded.

use super::ambiguous::Ambiguous;

/// What needs no second look: visible ASCII but for `/`, `%`, `;` and the backslash.
const IS_ORDINARY: [bool; 256] = {
    let mut ordinary = [false; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        ordinary[byte as usize] = !matches!(byte, b'/' | b'%' | b';' | b'\\');
        byte += 1;
    }
    ordinary
};

/// Looks for what servers read in different ways. Decodes the path if it has escapes; decoded, it
/// has the same slashes.
pub(super) fn check(path: &str) -> Result<Option<String>, Ambiguous> {
    if !path.starts_with('/') {
        return Err(Ambiguous::NoLeadingSlash);
    }
    let (mut escaped, mut dots) = (false, false);
    for (at, byte) in path.bytes().enumerate() {
        if IS_ORDINARY[usize::from(byte)] {
            continue;
        }
        match (byte, path.as_bytes().get(at + 1)) {
            (b'/', Some(b'/')) => return Err(Ambiguous::EmptySegment),
            (b'/', next) => dots |= next == Some(&b'.'),
            (b'%', _) => escaped = true,
            (b'\\', _) => return Err(Ambiguous::Backslash),
            (b';', _) => return Err(Ambiguous::Semicolon),
            (0x80.., _) => return Err(Ambiguous::NotAscii),
            _ => return Err(Ambiguous::ControlCharacter),
        }
    }
    let decoded = if escaped { Some(decode(path)?) } else { None };
    if (dots || escaped) && has_dot_segment(decoded.as_deref().unwrap_or(path)) {
        return Err(Ambiguous::DotSegment);
    }
    Ok(decoded)
}

/// The first segment, and what follows after its slash, if there is one. Segments are short: the standard library's search for a
/// character pays off for longer texts.
pub(super) fn split_segment(path: &str) -> (&str, Option<&str>) {
    match path.bytes().position(|byte| byte == b'/') {
        Some(slash) => (&path[..slash], Some(&path[slash + 1..])),
        None => (path, None),
    }
}

fn has_dot_segment(path: &str) -> bool {
    path.split('/').any(|segment| matches!(segment, "." | ".."))
}

fn decode(path: &str) -> Result<String, Ambiguous> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        decoded.push(match byte {
            b'%' => {
                let value = escape(rest).ok_or(Ambiguous::BadEscape)?;
                rest = &rest[2..];
                match value {
                    b'/' | b'\\' => return Err(Ambiguous::EncodedSeparator),
                    b';' => return Err(Ambiguous::Semicolon),
                    value => value,
                }
            }
            byte => *byte,
        });
    }
    let decoded = String::from_utf8(decoded).map_err(|_| Ambiguous::NotUtf8)?;
    if decoded.chars().any(char::is_control) {
        return Err(Ambiguous::ControlCharacter);
    }
    let mut percents = decoded.bytes().enumerate().filter(|(_, byte)| *byte == b'%');
    match percents.any(|(at, _)| escape(&decoded.as_bytes()[at + 1..]).is_some()) {
        true => Err(Ambiguous::EncodedTwice),
        false => Ok(decoded),
    }
}

/// The byte that the two hexadecimal digits at the beginning stand for.
fn escape(digits: &[u8]) -> Option<u8> {
    let [high, low, ..] = digits else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_reads_one_way_is_decoded() {
        for (path, decoded) in [
            ("/", None),
            ("/a/", None),
            ("/.well-known/a..b/...", None),
            ("/a+b", None),
            ("/%61", Some("/a")),
            ("/a%20b/%C3%a9", Some("/a b/\u{e9}")),
            ("/100%25", Some("/100%")),
            ("/100%25-2f", Some("/100%-2f")),
            ("/%2e%2e%2e", Some("/...")),
            ("/%3F%23", Some("/?#")),
            ("/%EF%BC%8F", Some("/\u{ff0f}")),
        ] {
            assert_eq!(check(path), Ok(decoded.map(ToOwned::to_owned)), "{path}");
        }
    }

    #[test]
    fn a_path_that_reads_two_ways_is_refused() {
        use Ambiguous::*;
        for (path, why) in [
            ("", NoLeadingSlash),
            ("a", NoLeadingSlash),
            ("//", EmptySegment),
            ("/a//b", EmptySegment),
            ("/.", DotSegment),
            ("/a/../b", DotSegment),
            ("/a/%2E%2e/b", DotSegment),
            ("/a/.%2E", DotSegment),
            ("/%2f", EncodedSeparator),
            ("/%2F", EncodedSeparator),
            ("/%5c", EncodedSeparator),
            ("/\\", Backslash),
            ("/a;b", Semicolon),
            ("/a%3Bb", Semicolon),
            ("/\0", ControlCharacter),
            ("/\x7f", ControlCharacter),
            ("/a b", ControlCharacter),
            ("/%00", ControlCharacter),
            ("/%0d%0a", ControlCharacter),
            ("/%7f", ControlCharacter),
            ("/%C2%85", ControlCharacter),
            ("/%", BadEscape),
            ("/%1", BadEscape),
            ("/%zz", BadEscape),
            ("/%+1", BadEscape),
            ("/%u002e", BadEscape),
            ("/%252e", EncodedTwice),
            ("/%25%32%65", EncodedTwice),
            ("/%25252e", EncodedTwice),
            ("/%ff", NotUtf8),
            ("/%c0%af", NotUtf8),
            ("/%e9", NotUtf8),
            ("/\u{e9}", NotAscii),
        ] {
            assert_eq!(check(path), Err(why), "{path:?}");
        }
    }
}
