use super::*;

#[test]
fn the_current_users_token_is_found_in_what_tools_write() {
    for (tool, document, token) in [
        ("kubectl", include_str!("kubectl.yaml"), TOKEN),
        ("kubectl config view --raw -o json", include_str!("kubectl.json"), TOKEN),
        ("a person", include_str!("by_hand.yaml"), "invented.opaque_token~1"),
    ] {
        assert_eq!(found(&header(document)).as_deref(), Ok(token), "{tool}");
    }
    assert_eq!(found(&versioned(include_str!("argo.json"))).as_deref(), Ok(TOKEN));
}

#[test]
fn another_current_context_is_another_token() {
    let document = |current: &str| {
        format!(
            "current-context: {current}\n\
             contexts: [{{ name: a, context: {{ user: alice }} }}, {{ name: b, context: {{ user: bob }} }}]\n\
             users: [{{ name: bob, user: {{ token: bobs }} }}, {{ name: alice, user: {{ token: alices }} }}]\n"
        )
    };
    assert_eq!(found(&header(&document("a"))).as_deref(), Ok("alices"));
    assert_eq!(found(&header(&document("b"))).as_deref(), Ok("bobs"));
}

#[test]
fn line_endings_and_a_byte_order_mark_do_not_matter() {
    let unix = include_str!("kubectl.yaml");
    for document in
        [unix.replace('\n', "\r\n"), format!("\u{feff}{unix}"), format!("\n\n{unix}"), format!("---\n{unix}")]
    {
        assert_eq!(found(&header(&document)).as_deref(), Ok(TOKEN));
    }
    let json = include_str!("kubectl.json");
    for document in [format!("\u{feff}{json}"), format!(" \n{json}\n"), json.replace([' ', '\n'], "")] {
        assert_eq!(found(&header(&document)).as_deref(), Ok(TOKEN));
    }
}

#[test]
fn what_is_not_set_does_not_count_however_it_is_written() {
    for absent in ["", "null", "~", "''", "\"\""] {
        let user = of_user(&format!(
            "\n    token: t\n    username: {absent}\n    password: {absent}\n    exec: {absent}\n    \
             auth-provider: {absent}\n    tokenFile: {absent}\n    client-key: {absent}\n    \
             client-key-data: {absent}\n    client-certificate: {absent}\n    client-certificate-data: {absent}"
        ));
        assert_eq!(found(&header(&user)).as_deref(), Ok("t"), "{absent}");
    }
}

#[test]
fn what_the_cluster_is_and_whom_to_impersonate_does_not_matter() {
    for ignored in ["clusters: nowhere", "clusters: [{ name: a }, { name: a }]", "preferences: [1.5, .inf, true]"] {
        let document =
            format!("{}{ignored}\n", of_user("{ token: t, as: 1, as-groups: x, as-uid: { a: b }, unknown: y }"));
        assert_eq!(found(&header(&document)).as_deref(), Ok("t"), "{ignored}");
    }
    let document = r#"{ "BearerToken": "t", "Host": 1, "Impersonate": "x", "TLSClientConfig": { "CAFile": "/ca" } }"#;
    assert_eq!(found(&versioned(document)).as_deref(), Ok("t"));
}

#[test]
fn the_names_of_a_client_configuration_have_no_case() {
    for document in [
        r#"{ "bearertoken": "t" }"#,
        r#"{ "BEARERTOKEN": "t", "tlsclientconfig": null }"#,
        r#"{ "bearerTo\u212aen": "t" }"#,
        r#"{ "BearerToken": "t", "username": "", "exec": {}, "token": "u" }"#,
    ] {
        assert_eq!(found(&versioned(document)).as_deref(), Ok("t"), "{document}");
    }
}

#[test]
fn the_names_of_a_kubeconfig_have_a_case() {
    assert_eq!(found(&header(&of_user("{ token: t, Password: p, Token: u, tokenfile: f }"))).as_deref(), Ok("t"));
}

#[test]
fn sixty_four_kibibytes_are_taken_and_no_more() {
    let of_length = |length: usize| {
        let document = of_user("{ token: t }");
        let document = format!("{document}#{}", "x".repeat(length / 4 * 3 - document.len() - 1));
        header(&document)
    };
    assert_eq!(of_length(64 * 1024).len(), 64 * 1024);
    assert_eq!(found(&of_length(64 * 1024)).as_deref(), Ok("t"));
    assert_eq!(found(&of_length(64 * 1024 + 4)), Err(Refused::TooLong));
}
