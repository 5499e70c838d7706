use super::*;

#[test]
fn a_version_is_digits_between_a_v_and_a_colon() {
    for token in ["v0:", "v0:e30=", "v1:token", "v10:", "v00:e30="] {
        assert_eq!(Form::of(token.as_bytes()), Form::Versioned, "{token}");
    }
    for token in ["v:", "V0:e30=", "v0", "v0.local.token", "v0e30=", "va0:", "0:", "", "v", " v0:"] {
        assert_eq!(Form::of(token.as_bytes()), Form::Token, "{token}");
    }
}

#[test]
fn what_begins_like_a_kubeconfig_is_one() {
    for document in [
        "apiVersion: v1",
        "kind: Config",
        "clusters:\n",
        "contexts: []",
        "current-context: a",
        "users:",
        "extensions: []",
        "preferences: {}",
        "\"kind\": Config",
        "'users': []",
        "---\nkind: Config",
        "--- # mine\nkind: Config",
        "# one\n#two\r\n\n \tkind: Config",
        "\u{feff}kind: Config",
        "\u{feff}# one\n---\nusers: []",
        "{\"kind\":\"Config\"",
        "{\n\t\"apiVersion\" : \"v1\"",
        " {kind: Config",
        "--- {'users': []",
    ] {
        assert_eq!(Form::of(&header(document)), Form::Kubeconfig, "{document:?}");
    }
}

#[test]
fn a_token_is_no_kubeconfig() {
    for token in [
        TOKEN,
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.",
        "sha256~invented",
        "k8s-aws-v1.aHR0cHM6Ly9zdHMuZXhhbXBsZS50ZXN0",
        "abcdef.0123456789abcdef",
        "cccccccccccccccccccccccccccccccccccccccc",
        "ya29.invented",
        "====",
        "\u{e9}",
    ] {
        assert_eq!(Form::of(token.as_bytes()), Form::Token, "{token}");
    }
    for text in [
        TOKEN,
        "{\"id\":\"a\",\"secret\":\"b\"}",
        "{}",
        "{",
        "kindness: a",
        "kin: a",
        "kind",
        "kind = a",
        "users\n:",
        "Kind: Config",
        "alice:secret",
        "-- kind: a",
        "# kind: Config",
        "\u{feff}",
        "\u{feff}\u{feff}kind: a",
        "",
        "\0kind: a",
    ] {
        assert_eq!(Form::of(&header(text)), Form::Token, "{text:?}");
    }
    // A JOSE header may begin as it likes: there are the dots.
    let jwt = [&header("{\"kind\":\"x\"}")[..], b".e30.c2ln"].concat();
    assert_eq!(Form::of(&jwt), Form::Token);
    assert_eq!(found(&jwt), Err(Refused::NotAKubeconfig));
}

#[test]
fn random_bytes_in_base64_are_tokens() {
    use proptest::prelude::*;
    proptest!(ProptestConfig::with_cases(20_000), |(bytes: [u8; 32])| {
        prop_assert_eq!(Form::of(STANDARD.encode(bytes).as_bytes()), Form::Token);
    });
}
