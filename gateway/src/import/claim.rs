//! Names of claims.

/// The path to an outermost claim, as the backend `oidc` takes it, whatever characters its name has.
pub(crate) fn path_of(claim: &str) -> String {
    let needs_quotes = |char: char| matches!(char, '.' | '"' | '\\') || char.is_whitespace() || char.is_control();
    if claim.is_empty() || claim.contains(needs_quotes) || claim.contains("://") {
        format!("\"{}\"", claim.replace('\\', r"\\").replace('"', "\\\""))
    } else {
        claim.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_would_be_parted_is_quoted() {
        assert_eq!(path_of("cognito:groups"), "cognito:groups");
        assert_eq!(path_of("https://example.test/groups"), r#""https://example.test/groups""#);
        assert_eq!(path_of(r#"a "b" \"#), r#""a \"b\" \\""#);
        assert_eq!(path_of("http://a"), r#""http://a""#);
    }
}
