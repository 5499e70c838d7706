//! The forms in which bytes are written down, each with its name.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Those of which the case of letters does not matter.
pub(super) fn forms_in_any_case(bytes: &[u8]) -> Vec<(String, String)> {
    let joined =
        |separator: &str, form: &dyn Fn(&u8) -> String| bytes.iter().map(form).collect::<Vec<_>>().join(separator);
    let (plain, escaped) = (String::from_utf8_lossy(bytes).into_owned(), bytes.escape_ascii().to_string());
    let encoded = percent_encoded(bytes);
    let mut forms = vec![
        ("hexadecimal", joined("", &|byte| format!("{byte:02x}"))),
        ("hexadecimal with blanks", joined(" ", &|byte| format!("{byte:02x}"))),
        ("hexadecimal with commas", joined(", ", &|byte| format!("{byte:02x}"))),
        ("hexadecimal with escapes", joined("", &|byte| format!("\\x{byte:02x}"))),
        ("percent-encoded", joined("", &|byte| format!("%{byte:02x}"))),
        ("numbers", joined(", ", &u8::to_string)),
        ("numbers without blanks", joined(",", &u8::to_string)),
    ];
    // Most secrets have nothing to escape.
    if escaped != plain {
        forms.push(("escaped", escaped));
    }
    if encoded != plain {
        forms.push(("percent-encoded where it must be", encoded));
    }
    forms.push(("plain", plain));
    forms.into_iter().map(|(name, form)| (name.to_owned(), form)).collect()
}

/// Those of which the case of letters matters: base64, whatever stood before it.
pub(super) fn exact_forms(bytes: &[u8]) -> Vec<(String, String)> {
    let forms = (0..3).flat_map(|before| {
        let (standard, url_safe) = (in_base64(&STANDARD, bytes, before), in_base64(&URL_SAFE, bytes, before));
        let named = |alphabet: &str| format!("{alphabet}, {before} bytes before it");
        // Most are the same in either alphabet.
        match standard == url_safe {
            true => vec![(named("base64 or base64url"), standard)],
            false => vec![(named("base64"), standard), (named("base64url"), url_safe)],
        }
    });
    forms.collect()
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
