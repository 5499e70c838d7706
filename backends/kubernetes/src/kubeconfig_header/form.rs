//! What a token is, by how it begins.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What a bearer token, or a bare value, is. Nothing is verified, and nothing allocated.
///
/// - [`Versioned`](Self::Versioned) begins with `v`, decimal digits and a colon. RFC 6750 has no colon in a token.
/// - [`Kubeconfig`](Self::Kubeconfig) has no dot, and its base64 begins like one: after a byte order mark, white space,
///   comments and `---`, which are skipped, comes a name from a kubeconfig's top level, as YAML (`apiVersion:`, quoted or
///   not) or after the brace of an object (`{"kind"`). The first letter alone would not do: one in forty tokens of random
///   bytes in base64 begins with a brace, a number sign or white space.
/// - [`Token`](Self::Token) is all the rest: the three segments of a JSON Web Token have dots, and base64 of anything
///   else is somebody's opaque token.
///
/// What begins like a kubeconfig and is broken further on is refused as a kubeconfig: it is better not sent anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A JSON Web Token, or an opaque one.
    Token,
    /// `v0:` and a client configuration, or a version that is not known.
    Versioned,
    /// A kubeconfig, YAML or JSON.
    Kubeconfig,
}

/// What a kubeconfig has at its top level.
const NAMES: [&[u8]; 8] =
    [b"apiVersion", b"clusters", b"contexts", b"current-context", b"extensions", b"kind", b"preferences", b"users"];

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

impl Form {
    /// Tells what `token` is.
    #[must_use]
    pub fn of(token: &[u8]) -> Self {
        if is_versioned(token) {
            Self::Versioned
        } else if begins_like_a_kubeconfig(&mut Decoded::new(token)) && !token.contains(&b'.') {
            Self::Kubeconfig
        } else {
            Self::Token
        }
    }
}

fn is_versioned(token: &[u8]) -> bool {
    let Some(rest) = token.strip_prefix(b"v") else { return false };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && rest.get(digits) == Some(&b':')
}

fn begins_like_a_kubeconfig(text: &mut Decoded<'_>) -> bool {
    let mut next = text.next();
    if next == Some(BYTE_ORDER_MARK[0]) {
        if !BYTE_ORDER_MARK[1..].iter().all(|byte| text.next() == Some(*byte)) {
            return false;
        }
        next = text.next();
    }
    loop {
        match next {
            Some(b' ' | b'\t' | b'\r' | b'\n') => {}
            Some(b'#') => while !matches!(text.next(), None | Some(b'\n')) {},
            Some(b'-') if text.next() == Some(b'-') && text.next() == Some(b'-') => {}
            Some(b'{') => return begins_with_a_name(text.find(|byte| !byte.is_ascii_whitespace()), text),
            _ => return begins_with_a_name(next, text),
        }
        next = text.next();
    }
}

/// Whether one of the names comes next, and its end. A name that has come to differ is emptied, and has then no end.
fn begins_with_a_name(first: Option<u8>, rest: &mut Decoded<'_>) -> bool {
    let (first, end) = match first {
        Some(quote @ (b'"' | b'\'')) => (rest.next(), quote),
        first => (first, b':'),
    };
    let mut at = 0;
    let mut possible = NAMES;
    let mut next = first;
    loop {
        let Some(byte) = next else { return false };
        if byte == end {
            return possible.iter().any(|name| name.len() == at);
        }
        for name in &mut possible {
            if name.get(at) != Some(&byte) {
                *name = b"";
            }
        }
        at += 1;
        if possible.iter().all(|name| name.is_empty()) {
            return false;
        }
        next = rest.next();
    }
}

/// The bytes of base64, four characters at a time, up to the first mistake.
struct Decoded<'t> {
    quads: std::slice::Chunks<'t, u8>,
    bytes: [u8; 3],
    left: std::ops::Range<usize>,
}

impl<'t> Decoded<'t> {
    fn new(base64: &'t [u8]) -> Self {
        Self { quads: base64.chunks(4), bytes: [0; 3], left: 0..0 }
    }
}

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if self.left.is_empty() {
            let length = STANDARD.decode_slice(self.quads.next()?, &mut self.bytes).ok()?;
            self.left = 0..length;
        }
        self.left.next().map(|at| self.bytes[at])
    }
}
