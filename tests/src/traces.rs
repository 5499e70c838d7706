//! Whether something secret was written down, in whatever form.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// The forms in which `secret` is found in `text`: plain, hexadecimal, percent-encoded, as a list
/// of numbers, and in base64 whatever stood before it.
///
/// `secret` should be of some length, or chance will find it.
#[must_use]
pub fn traces(text: &[u8], secret: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(text).into_owned();
    let lower = text.to_lowercase();
    let bytes = secret.as_bytes();
    let joined =
        |separator: &str, form: &dyn Fn(&u8) -> String| bytes.iter().map(form).collect::<Vec<_>>().join(separator);
    let in_any_case = [
        ("plain", secret.to_lowercase()),
        ("hexadecimal", joined("", &|byte| format!("{byte:02x}"))),
        ("hexadecimal with blanks", joined(" ", &|byte| format!("{byte:02x}"))),
        ("hexadecimal with escapes", joined("", &|byte| format!("\\x{byte:02x}"))),
        ("percent-encoded", joined("", &|byte| format!("%{byte:02x}"))),
        ("percent-encoded where it must be", percent_encoded(bytes).to_lowercase()),
        ("numbers", joined(", ", &u8::to_string)),
        ("numbers without blanks", joined(",", &u8::to_string)),
    ];
    let found = in_any_case.into_iter().filter(|(_, form)| lower.contains(form)).map(|(name, _)| name.to_owned());
    let base64 = (0..3).flat_map(|before| {
        let forms =
            [("base64", in_base64(&STANDARD, bytes, before)), ("base64url", in_base64(&URL_SAFE, bytes, before))];
        forms.map(|(name, form)| (format!("{name}, {before} bytes before it"), form))
    });
    found.chain(base64.filter(|(_, form)| text.contains(form)).map(|(name, _)| name)).collect()
}

/// Those digits that depend on `bytes` alone when `before` bytes stand before them.
fn in_base64(engine: &impl Engine, bytes: &[u8], before: usize) -> String {
    let padded = [&vec![0; before][..], bytes].concat();
    let first = (before * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    engine.encode(&padded)[first..end].to_owned()
}

fn percent_encoded(bytes: &[u8]) -> String {
    let mut encoded = String::new();
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            encoded.push(char::from(*byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "c\u{e4}nary>>of?this~test";

    #[test]
    fn every_form_is_found_and_nothing_is_found_in_nothing() {
        let hex = SECRET.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02X}"));
        let forms = [
            format!("a {SECRET} b"),
            SECRET.to_uppercase(),
            format!("0x{hex}"),
            format!("?password={}", percent_encoded(SECRET.as_bytes())),
            format!("{:?}", SECRET.as_bytes()),
            format!("{:02x?}", SECRET.as_bytes()).replace(", ", " "),
        ];
        for form in forms {
            assert_ne!(traces(form.as_bytes(), SECRET), [""; 0], "{form}");
        }
        assert_eq!(traces(b"nothing of that kind", SECRET), [""; 0]);
    }

    #[test]
    fn base64_is_found_whatever_stands_before_and_behind() {
        for before in ["", "a", "al", "ali", "alice", "alice:", "Basic alice:"] {
            for after in ["", "x", "xy", "xyz"] {
                let text = format!("{before}{SECRET}{after}");
                assert_ne!(traces(STANDARD.encode(&text).as_bytes(), SECRET), [""; 0], "{text}");
                assert_ne!(traces(URL_SAFE.encode(&text).as_bytes(), SECRET), [""; 0], "{text}");
            }
        }
    }
}
