//! Values, so that they stay values.

/// Appends a value to a filter ([RFC 4515, section 3](https://www.rfc-editor.org/rfc/rfc4515#section-3)) or a
/// distinguished name ([RFC 4514, section 2.4](https://www.rfc-editor.org/rfc/rfc4514#section-2.4)). Both allow any
/// byte to be written as a backslash and two digits, so all but the plainest characters are: that leaves nothing to
/// think about.
pub(crate) fn append(value: &[u8], text: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for &byte in value {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'@') {
            text.push(char::from(byte));
        } else {
            text.push('\\');
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_filter_or_name_is_escaped() {
        let mut text = String::new();
        append(b"a.b-c_d@e *()\\\0,+\"<>;=#/\xc3\xa9\x7f", &mut text);
        assert_eq!(text, r"a.b-c_d@e\20\2a\28\29\5c\00\2c\2b\22\3c\3e\3b\3d\23\2f\c3\a9\7f");
    }
}
