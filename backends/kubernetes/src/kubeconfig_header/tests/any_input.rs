use proptest::prelude::*;

use super::*;

/// JSON of the names and values that mean something here, and others.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let text = prop::sample::select(vec![
        "",
        "a",
        "b",
        "Config",
        "v1",
        "me",
        "t.o.k",
        "x y",
        "v0:e30=",
        "\u{17f}",
        "kind: Config",
    ]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        text.prop_map(Into::into),
    ];
    let name = prop::sample::select(vec![
        "kind",
        "apiVersion",
        "current-context",
        "contexts",
        "context",
        "users",
        "user",
        "name",
        "token",
        "exec",
        "password",
        "BearerToken",
        "bearertoken",
        "TLSClientConfig",
        "KeyData",
        "Host",
        "other",
    ]);
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::Array),
            prop::collection::vec((name.clone(), inner), 0..6).prop_map(|members| {
                serde_json::Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
        ]
    })
}

fn is_sendable(found: &Result<String, Refused>) -> bool {
    match found {
        Ok(token) => !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()),
        Err(refused) => !refused.reason().is_empty(),
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_token_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for header in [bytes.clone(), STANDARD.encode(&bytes).into_bytes(), [b"v0:", STANDARD.encode(&bytes).as_bytes()].concat()] {
            prop_assert!(is_sendable(&found(&header)));
            prop_assert_eq!(found(&header) == Err(Refused::NotAKubeconfig), Form::of(&header) == Form::Token);
        }
    }

    #[test]
    fn any_yaml_is_a_token_or_refused(text in "(kind: Config\n)?([a-z]{1,3}: [ -~]{0,20}\n|[ -~\n]{0,20}|[-?:,&*!|>'\"%@{}\\[\\] \n]{0,20})*") {
        let headers = [header(&format!("kind: {text}")), header(&format!("---\n{text}"))];
        prop_assert!(headers.iter().all(|header| is_sendable(&found(header))));
    }

    #[test]
    fn any_json_is_a_token_or_refused(json in json()) {
        prop_assert!(is_sendable(&found(&versioned(&json.to_string()))));
        prop_assert!(is_sendable(&found(&header(&json.to_string()))));
    }

    /// Whatever else a kubeconfig holds, its token is the current user's or there is none.
    #[test]
    fn nothing_but_the_current_users_token_is_found(other in json(), more in json(), extra in "[a-z]{1,8}") {
        let document = serde_json::json!({
            "kind": "Config",
            "current-context": "here",
            "contexts": [{ "name": "there", "context": other }, { "name": "here", "context": { "user": "me", "x": more } }],
            "users": [{ "name": "you", "user": other }, { "name": "me", "user": { "token": "mine", "as": more } }],
            "clusters": other,
            (format!("x-{extra}")): more,
        });
        // One document, as JSON and as YAML with the same members.
        prop_assert_eq!(found(&header(&document.to_string())), Ok("mine".to_owned()));
        let yaml = format!("kind: Config\n\"current-context\": here\n\"contexts\": {}\n\"users\": {}\n", document["contexts"], document["users"]);
        prop_assert_eq!(found(&header(&yaml)), Ok("mine".to_owned()));
    }

    /// As Go writes it: all fields, and whatever in those that do not matter.
    #[test]
    fn nothing_but_the_bearer_token_is_found(host in json(), impersonate in json()) {
        let document = serde_json::json!({
            "Host": host, "Impersonate": impersonate, "Username": "", "AuthProvider": null, "BearerToken": "mine",
            "TLSClientConfig": { "CAData": host, "Insecure": impersonate, "KeyData": null },
        });
        prop_assert_eq!(found(&versioned(&document.to_string())), Ok("mine".to_owned()));
    }

    #[test]
    fn a_refusal_and_its_debug_form_hold_nothing_of_the_input(secret in "[a-z]{12}") {
        for user in [format!("{{ password: {secret} }}"), format!("{{ token: {secret} }} {secret}"), format!("{{ {secret}: *{secret} }}")] {
            let refused = found(&header(&of_user(&user))).unwrap_err();
            let shown = format!("{refused} {refused:?} {}", refused.reason());
            prop_assert!(!shown.contains(&secret));
        }
    }
}
