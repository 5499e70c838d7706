//! Distinguished names ([RFC 4514](https://www.rfc-editor.org/rfc/rfc4514)).

/// Bytes of a name. A server has no longer ones.
pub(crate) const MAX: usize = 8 * 1024;

/// A name, from the entry upwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dn(Vec<Rdn>);

/// One level of a name: an attribute and its value, or several.
pub type Rdn = Vec<Assertion>;

/// An attribute's name as it is written, and its value without escapes.
pub type Assertion = (String, Vec<u8>);

impl Dn {
    /// Reads one; none if it is malformed.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX {
            return None;
        }
        let mut rest = text.as_bytes();
        let (mut levels, mut level) = (Vec::new(), Vec::new());
        if skip_spaces(rest).is_empty() {
            return Some(Self(levels));
        }
        loop {
            let (assertion, after) = assertion(skip_spaces(rest))?;
            level.push(assertion);
            let after = skip_spaces(after);
            match after.split_first() {
                None => {
                    levels.push(level);
                    return Some(Self(levels));
                }
                Some((b'+', after)) => rest = after,
                // RFC 2253 lets a semicolon be.
                Some((b',' | b';', after)) => {
                    levels.push(std::mem::take(&mut level));
                    rest = after;
                }
                Some(_) => return None,
            }
        }
    }

    /// The levels, from the entry upwards.
    pub fn levels(&self) -> &[Rdn] {
        &self.0
    }

    /// The value of this attribute in the entry's own level.
    pub(crate) fn own(&self, attribute: &str) -> Option<&[u8]> {
        self.at(0, attribute)
    }

    /// The value of this attribute so many levels above the entry's own.
    pub(crate) fn at(&self, level: usize, attribute: &str) -> Option<&[u8]> {
        self.0
            .get(level)?
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(attribute))
            .map(|(_, value)| value.as_slice())
    }

    /// Whether it is this entry, or one below it.
    pub(crate) fn is_within(&self, base: &Self) -> bool {
        let Some(skipped) = self.0.len().checked_sub(base.0.len()) else { return false };
        self.0[skipped..].iter().zip(&base.0).all(|(own, other)| folded(own) == folded(other))
    }

    /// The same for all spellings of one name, as far as letters go.
    pub(crate) fn key(&self) -> Vec<u8> {
        let mut key = Vec::new();
        for level in &self.0 {
            for (name, value) in folded(level) {
                for part in [name.as_bytes(), &value] {
                    key.extend_from_slice(&part.len().to_be_bytes());
                    key.extend_from_slice(part);
                }
            }
            key.push(b',');
        }
        key
    }
}

/// What two spellings of one level have in common. Attributes that ignore case are all that entries are named by.
fn folded(level: &Rdn) -> Vec<(String, Vec<u8>)> {
    let fold = |value: &[u8]| match std::str::from_utf8(value) {
        Ok(text) => text.to_lowercase().into_bytes(),
        Err(_) => value.to_vec(),
    };
    let mut folded: Vec<_> = level.iter().map(|(name, value)| (name.to_ascii_lowercase(), fold(value))).collect();
    folded.sort();
    folded
}

fn assertion(text: &[u8]) -> Option<(Assertion, &[u8])> {
    let end = text.iter().position(|byte| !is_attribute_character(*byte))?;
    let (name, after) = text.split_at(end);
    let name = std::str::from_utf8(name).ok().filter(|name| is_attribute(name))?;
    let after = skip_spaces(skip_spaces(after).strip_prefix(b"=")?);
    let (value, after) = match after.strip_prefix(b"#") {
        Some(digits) => hex_string(digits)?,
        None => string(after)?,
    };
    Some(((name.to_owned(), value), after))
}

/// Whether this names an attribute: `cn`, or `2.5.4.3` ([RFC 4512, section
/// 1.4](https://www.rfc-editor.org/rfc/rfc4512#section-1.4)).
pub(crate) fn is_attribute(name: &str) -> bool {
    let is_word = name.starts_with(|first: char| first.is_ascii_alphabetic()) && !name.contains('.');
    let is_number = || name.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    !name.is_empty() && name.bytes().all(is_attribute_character) && (is_word || is_number())
}

fn is_attribute_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')
}

/// The value, and what follows it.
fn string(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (mut value, mut rest) = (Vec::new(), text);
    // Spaces at the end count only if they are escaped.
    let mut kept = 0;
    while let Some((&byte, after)) = rest.split_first() {
        match byte {
            b'+' | b',' | b';' => break,
            b'"' | b'<' | b'>' | 0 => return None,
            b'\\' => {
                let (escaped, after) = escaped(after)?;
                value.push(escaped);
                kept = value.len();
                rest = after;
                continue;
            }
            _ => value.push(byte),
        }
        if byte != b' ' {
            kept = value.len();
        }
        rest = after;
    }
    value.truncate(kept);
    Some((value, rest))
}

fn escaped(after: &[u8]) -> Option<(u8, &[u8])> {
    match after {
        [byte @ (b' ' | b'"' | b'#' | b'+' | b',' | b';' | b'<' | b'=' | b'>' | b'\\'), rest @ ..] => {
            Some((*byte, rest))
        }
        [high, low, rest @ ..] => Some((digit(*high)? << 4 | digit(*low)?, rest)),
        _ => None,
    }
}

/// `#04024869`: the value in BER, which nobody looks into.
fn hex_string(mut text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut value = vec![b'#'];
    while let [high, low, rest @ ..] = text
        && let (Some(high), Some(low)) = (digit(*high), digit(*low))
    {
        value.push(high << 4 | low);
        text = rest;
    }
    (value.len() > 1).then_some((value, text))
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn skip_spaces(mut text: &[u8]) -> &[u8] {
    while let Some(rest) = text.strip_prefix(b" ") {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests;
