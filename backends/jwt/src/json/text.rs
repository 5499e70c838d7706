//! What strings and numbers look like in a JSON text (RFC 8259, sections 6 and 7).

/// The string whose opening quote was just before `text`, if it has no escapes. It is followed by its closing quote.
#[inline]
pub(super) fn plain_string(text: &str) -> Option<&str> {
    let end = plain(text.as_bytes());
    if text.as_bytes().get(end) == Some(&b'"') { text.get(..end) } else { None }
}

/// How many bytes stand for themselves: neither quote, backslash nor control character.
///
/// Eight at a time: this is where most of the time of parsing goes.
fn plain(bytes: &[u8]) -> usize {
    let mut words = bytes.chunks_exact(8);
    let mut at = 0;
    for word in &mut words {
        let found = word.try_into().map_or(0, |word| special(u64::from_le_bytes(word)));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + words
        .remainder()
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\\' | ..0x20))
        .unwrap_or(words.remainder().len())
}

/// The high bit of every byte that does not stand for itself, exact up to the first of them.
///
/// From "Bit Twiddling Hacks" (Sean Eron Anderson), "Determine if a word has a byte less than n": a subtraction borrows
/// from the byte above only where the byte itself was less, so that no false bit lies below the first true one.
const fn special(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let (quote, backslash) = (word ^ (ONES * b'"' as u64), word ^ (ONES * b'\\' as u64));
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (control | (quote.wrapping_sub(ONES) & !quote) | (backslash.wrapping_sub(ONES) & !backslash)) & (ONES * 0x80)
}

/// The string whose opening quote was just before `text`, and how far it reaches there, closing quote included.
#[cold]
pub(super) fn escaped_string(text: &str) -> Option<(String, usize)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut string = String::new();
    loop {
        match *bytes.get(at)? {
            b'"' => return Some((string, at + 1)),
            b'\\' => {
                let (char, length) = escape(bytes.get(at + 1..)?)?;
                string.push(char);
                at += 1 + length;
            }
            ..0x20 => return None,
            _ => {
                let length = plain(&bytes[at..]);
                string.push_str(text.get(at..at + length)?);
                at += length;
            }
        }
    }
}

/// The character of the escape that follows a backslash, and the escape's length.
fn escape(bytes: &[u8]) -> Option<(char, usize)> {
    let char = match *bytes.first()? {
        byte @ (b'"' | b'\\' | b'/') => byte as char,
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(bytes.get(1..)?).map(|(char, length)| (char, 1 + length)),
        _ => return None,
    };
    Some((char, 1))
}

/// Four hexadecimal digits, or a surrogate pair. A lone surrogate is no character.
fn unicode(bytes: &[u8]) -> Option<(char, usize)> {
    let high = four_digits(bytes)?;
    if !(0xd800..0xdc00).contains(&high) {
        return Some((char::from_u32(high)?, 4));
    }
    if bytes.get(4..6)? != br"\u" {
        return None;
    }
    let low = four_digits(bytes.get(6..)?)?;
    if !(0xdc00..0xe000).contains(&low) {
        return None;
    }
    Some((char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))?, 10))
}

fn four_digits(bytes: &[u8]) -> Option<u32> {
    bytes.get(..4)?.iter().try_fold(0, |value, byte| Some(value << 4 | char::from(*byte).to_digit(16)?))
}

/// The number at the front of `text`, and whether it has neither fraction nor exponent.
pub(super) fn number(text: &str) -> Option<(&str, bool)> {
    let bytes = text.as_bytes();
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let whole = match bytes.get(sign)? {
        b'0' => 1,
        _ => some_digits(bytes, sign)?,
    };
    let mut end = sign + whole;
    if bytes.get(end) == Some(&b'.') {
        end += 1 + some_digits(bytes, end + 1)?;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        end += 1 + sign + some_digits(bytes, end + 1 + sign)?;
    }
    Some((text.get(..end)?, end == sign + whole))
}

/// How many digits there are from `start`, at least one.
fn some_digits(bytes: &[u8], start: usize) -> Option<usize> {
    let count = bytes.get(start..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then_some(count)
}
