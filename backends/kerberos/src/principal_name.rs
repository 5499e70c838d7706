//! Names of Kerberos principals.

use std::fmt;

/// A principal's name as libkrb5 writes it: components between `/`, then `@` and the realm, with a
/// backslash in front of what else has these characters (`krb5_unparse_name`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrincipalName {
    text: String,
    /// Where the `@` is.
    at: usize,
    escaped: bool,
}

impl PrincipalName {
    /// `None` without a realm, with an empty one, or without a name in front of it.
    pub(crate) fn parse(text: String) -> Option<Self> {
        let (mut at, mut escaped) = (None, false);
        let mut bytes = text.bytes().enumerate();
        while let Some((index, byte)) = bytes.next() {
            match byte {
                b'\\' => {
                    escaped = true;
                    bytes.next()?;
                }
                b'@' if at.is_some() => return None,
                b'@' => at = Some(index),
                _ => {}
            }
        }
        let at = at?;
        (at > 0 && at + 1 < text.len()).then_some(Self { text, at, escaped })
    }

    /// All of it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What is in front of the realm: `alice`, `HTTP/web.example.test`.
    pub(crate) fn without_realm(&self) -> &str {
        &self.text[..self.at]
    }

    pub(crate) fn realm(&self) -> &str {
        &self.text[self.at + 1..]
    }

    /// Whether a component, or the realm, has a character that means something else in names, or a
    /// control character: without its backslash it could pass for somebody else.
    pub(crate) fn is_ambiguous(&self) -> bool {
        self.escaped || self.text.chars().any(char::is_control)
    }

    /// Whether this is what a KDC gives to those who stay anonymous (RFC 8062).
    pub(crate) fn is_anonymous(&self) -> bool {
        self.without_realm() == "WELLKNOWN/ANONYMOUS" || self.realm() == "WELLKNOWN:ANONYMOUS"
    }
}

impl fmt::Display for PrincipalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_realm_follows_the_only_bare_at_sign() {
        for (text, name, realm, ambiguous) in [
            ("alice@EXAMPLE.TEST", "alice", "EXAMPLE.TEST", false),
            ("HTTP/web.example.test@EXAMPLE.TEST", "HTTP/web.example.test", "EXAMPLE.TEST", false),
            (r"alice\@corp.test@EXAMPLE.TEST", r"alice\@corp.test", "EXAMPLE.TEST", true),
            (r"a\\@R", r"a\\", "R", true),
        ] {
            let parsed = PrincipalName::parse(text.to_owned()).unwrap();
            assert_eq!((parsed.without_realm(), parsed.realm(), parsed.is_ambiguous()), (name, realm, ambiguous));
        }
        for text in ["", "alice", "alice@", "@R", "alice@A@B", r"alice\@R", r"alice\", r"a@b\"] {
            assert_eq!(PrincipalName::parse(text.to_owned()), None, "{text}");
        }
    }

    #[test]
    fn the_anonymous_principal_is_known_in_every_realm() {
        for text in ["WELLKNOWN/ANONYMOUS@WELLKNOWN:ANONYMOUS", "WELLKNOWN/ANONYMOUS@EXAMPLE.TEST"] {
            assert!(PrincipalName::parse(text.to_owned()).unwrap().is_anonymous());
        }
        assert!(!PrincipalName::parse("anonymous@EXAMPLE.TEST".to_owned()).unwrap().is_anonymous());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in r"[a@/\\é]{0,12}") {
            if let Some(name) = PrincipalName::parse(text.clone()) {
                prop_assert_eq!(format!("{}@{}", name.without_realm(), name.realm()), text);
            }
        }
    }
}
