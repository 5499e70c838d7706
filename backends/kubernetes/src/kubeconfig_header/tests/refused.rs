use super::*;

#[track_caller]
fn assert_refused(document: &str, refused: Refused) {
    assert_eq!(found(&header(document)), Err(refused), "{document}");
}

#[track_caller]
fn assert_v0_refused(document: &str, refused: Refused) {
    assert_eq!(found(&versioned(document)), Err(refused), "{document}");
}

#[test]
fn kubeconfigs_without_a_token_are_refused_by_what_they_have_instead() {
    for (tool, document, refused) in [
        ("k3s", include_str!("k3s.yaml"), Refused::ClientCertificate),
        ("kind", include_str!("kind.yaml"), Refused::ClientCertificate),
        ("minikube", include_str!("minikube.yaml"), Refused::ClientCertificate),
        ("EKS", include_str!("eks.yaml"), Refused::Exec),
        ("GKE", include_str!("gke.yaml"), Refused::Exec),
        ("GKE before 1.26", include_str!("gke_before_1.26.yaml"), Refused::AuthProvider),
    ] {
        assert_eq!(found(&header(document)), Err(refused), "{tool}");
    }
}

#[test]
fn another_proof_is_refused_beside_a_token_too() {
    for (proof, refused) in [
        ("username: u", Refused::Password),
        ("password: p", Refused::Password),
        ("password: 1234", Refused::Password),
        ("client-certificate: /c", Refused::ClientCertificate),
        ("client-certificate-data: Yw==", Refused::ClientCertificate),
        ("client-key: /k", Refused::ClientCertificate),
        ("client-key-data: aw==", Refused::ClientCertificate),
        ("exec: { command: aws }", Refused::Exec),
        ("exec: {}", Refused::Exec),
        ("auth-provider: { name: gcp }", Refused::AuthProvider),
        ("tokenFile: /var/run/token", Refused::TokenFile),
    ] {
        assert_refused(&of_user(&format!("{{ token: t, {proof} }}")), refused);
        assert_refused(&of_user(&format!("{{ {proof} }}")), refused);
    }
}

#[test]
fn another_users_proofs_do_not_matter_and_its_form_does() {
    let with = |entry: &str| format!("{}- {entry}\n", of_user("{ token: t }"));
    assert_eq!(found(&header(&with("{ name: other, user: { password: p, exec: [] } }"))).as_deref(), Ok("t"));
    assert_eq!(found(&header(&with("{ name: other, user: 1 }"))).as_deref(), Ok("t"));
    assert_refused(&with("{ name: other, user: { password: p, password: q } }"), Refused::DuplicateName);
    assert_refused(&with("{ name: other, user: { password: ] } }"), Refused::NotYaml);
    assert_refused(&with("other"), Refused::Malformed);
    assert_refused(&with("{ user: {} }"), Refused::Malformed);
    assert_refused(&with("{ name: '', user: {} }"), Refused::Malformed);
    assert_refused(&with("{ name: [], user: {} }"), Refused::Malformed);
}

#[test]
fn the_way_to_the_token_is_refused_where_it_breaks() {
    let context = "contexts: [{ name: a, context: { user: u } }]";
    let user = "users: [{ name: u, user: { token: t } }]";
    for (lines, refused) in [
        (["", context, user], Refused::NoCurrentContext),
        (["current-context: ''", context, user], Refused::NoCurrentContext),
        (["current-context: ~", context, user], Refused::NoCurrentContext),
        (["current-context: 1", context, user], Refused::Malformed),
        (["current-context: [a]", context, user], Refused::Malformed),
        (["current-context: b", context, user], Refused::NoSuchContext),
        (["current-context: A", context, user], Refused::NoSuchContext),
        (["current-context: a", "", user], Refused::NoSuchContext),
        (["current-context: a", "contexts: ~", user], Refused::NoSuchContext),
        (["current-context: a", "contexts: { a: { user: u } }", user], Refused::Malformed),
        (["current-context: a", "contexts: [a]", user], Refused::Malformed),
        (["current-context: a", "contexts: [[]]", user], Refused::Malformed),
        (["current-context: a", "contexts: [{ name: a }, { name: a }]", user], Refused::DuplicateContext),
        (["current-context: a", "contexts: [{ name: a }, { name: b }, { name: b }]", user], Refused::DuplicateContext),
        (["current-context: a", "contexts: [{ name: a }]", user], Refused::NoUser),
        (["current-context: a", "contexts: [{ name: a, context: }]", user], Refused::NoUser),
        (["current-context: a", "contexts: [{ name: a, context: { cluster: c } }]", user], Refused::NoUser),
        (["current-context: a", "contexts: [{ name: a, context: { user: '' } }]", user], Refused::NoUser),
        (["current-context: a", "contexts: [{ name: a, context: { user: 1 } }]", user], Refused::Malformed),
        (["current-context: a", "contexts: [{ name: a, context: u }]", user], Refused::Malformed),
        (["current-context: a", context, ""], Refused::NoSuchUser),
        (["current-context: a", context, "users: []"], Refused::NoSuchUser),
        (["current-context: a", context, "users: [{ name: v, user: { token: t } }]"], Refused::NoSuchUser),
        (
            ["current-context: a", context, "users: [{ name: u }, { name: u, user: { token: t } }]"],
            Refused::DuplicateUser,
        ),
        (["current-context: a", context, "users: [{ name: u }]"], Refused::NoToken),
        (["current-context: a", context, "users: [{ name: u, user: {} }]"], Refused::NoToken),
        (["current-context: a", context, "users: [{ name: u, user: { token: '' } }]"], Refused::NoToken),
        (["current-context: a", context, "users: [{ name: u, user: { token: } }]"], Refused::NoToken),
        (["current-context: a", context, "users: [{ name: u, user: { token: 1 } }]"], Refused::Malformed),
        (["current-context: a", context, "users: [{ name: u, user: { token: { } } }]"], Refused::Malformed),
        (["current-context: a", context, "users: [{ name: u, user: t }]"], Refused::Malformed),
        (["apiVersion: v2", context, user], Refused::OtherKind),
    ] {
        assert_refused(&format!("kind: Config\n{}\n", lines.join("\n")), refused);
    }
    assert_refused("apiVersion: v1\nkind: Secret\ntype: Opaque\n", Refused::OtherKind);
    assert_refused("apiVersion: [v1]\n", Refused::Malformed);
}

#[test]
fn a_client_configuration_is_refused_by_name() {
    for (document, refused) in [
        ("", Refused::NotJson),
        ("kind: Config", Refused::NotJson),
        (r#"{ "BearerToken": "t" } {}"#, Refused::NotJson),
        (r#"{ "BearerToken": "t", "QPS": 1e999 }"#, Refused::NotJson),
        (r#"{ "BearerToken": "t", }"#, Refused::NotJson),
        ("[]", Refused::Malformed),
        ("null", Refused::Malformed),
        (r#""t""#, Refused::Malformed),
        ("{}", Refused::NoToken),
        (r#"{ "BearerToken": "" }"#, Refused::NoToken),
        (r#"{ "BearerToken": null }"#, Refused::NoToken),
        (r#"{ "BearerToken": 1 }"#, Refused::Malformed),
        (r#"{ "BearerToken": "t", "TLSClientConfig": [] }"#, Refused::Malformed),
        (r#"{ "BearerToken": "t", "BearerToken": "t" }"#, Refused::DuplicateName),
        (r#"{ "BearerToken": "t", "bearerToken": "u" }"#, Refused::DuplicateName),
        (r#"{ "BearerToken": "t", "bearerTo\u212aen": null }"#, Refused::DuplicateName),
        (r#"{ "BearerToken": "t", "Host": "a", "host": "b" }"#, Refused::DuplicateName),
        (r#"{ "BearerToken": "t", "TLSClientConfig": { "CAFile": "", "cafile": "" } }"#, Refused::DuplicateName),
        (r#"{ "BearerToken": "t", "Impersonate": { "Extra": { "a": [], "a": [] } } }"#, Refused::DuplicateName),
    ] {
        assert_v0_refused(document, refused);
    }
    for (proof, refused) in [
        (r#""Username": "u""#, Refused::Password),
        (r#""password": "p""#, Refused::Password),
        (r#""Pa\u017f\u017fword": "p""#, Refused::Password),
        (r#""Password": 1"#, Refused::Password),
        (r#""CertFile": "/c""#, Refused::ClientCertificate),
        (r#""CertData": "Yw==""#, Refused::ClientCertificate),
        (r#""KeyFile": "/k""#, Refused::ClientCertificate),
        (r#""TLSClientConfig": { "CertFile": "/c" }"#, Refused::ClientCertificate),
        (r#""TLSClientConfig": { "certdata": "Yw==" }"#, Refused::ClientCertificate),
        (r#""tlsclientconfig": { "KeyFile": "/k" }"#, Refused::ClientCertificate),
        (r#""TLSClientConfig": { "\u212aeyData": "aw==" }"#, Refused::ClientCertificate),
        (r#""ExecProvider": { "Command": "aws" }"#, Refused::Exec),
        (r#""AuthProvider": { "Name": "gcp" }"#, Refused::AuthProvider),
        (r#""AuthConfigPersister": {}"#, Refused::AuthProvider),
        (r#""BearerTokenFile": "/t""#, Refused::TokenFile),
    ] {
        assert_v0_refused(&format!("{{ {proof} }}"), refused);
        assert_v0_refused(&format!(r#"{{ "BearerToken": "t", {proof} }}"#), refused);
    }
}

#[test]
fn other_versions_are_refused_whatever_follows() {
    for token in ["v1:", "v1:e30=", "v00:e30=", "v10:e30=", "v2:v0:e30="] {
        assert_eq!(found(token.as_bytes()), Err(Refused::UnknownVersion), "{token}");
    }
}

#[test]
fn base64_has_one_spelling() {
    let document = of_user("{ token: t }");
    let lengths = [document.clone(), format!("{document}\n"), format!("{document}\n\n")];
    for document in &lengths {
        let good = String::from_utf8(header(document)).unwrap();
        assert_eq!(found(good.as_bytes()).as_deref(), Ok("t"));
        let mut bad = vec![format!("{good}="), format!("{good}\n"), format!("{good} "), format!("{good}A")];
        bad.push(format!("{} {}", &good[..64], &good[64..]));
        bad.push(format!("{}={}", &good[..67], &good[68..]));
        bad.push(format!("{}-{}", &good[..67], &good[68..]));
        let bare = good.trim_end_matches('=');
        if bare != good {
            bad.push(bare.to_owned());
            // The last character but the padding has bits that are not used.
            let mut spare = good.clone().into_bytes();
            spare[bare.len() - 1] += 1;
            bad.push(String::from_utf8(spare).unwrap());
        }
        for bad in bad {
            assert_eq!(found(bad.as_bytes()), Err(Refused::NotBase64), "{bad}");
        }
    }
    // All three lengths of padding were there.
    let paddings: Vec<_> =
        lengths.iter().map(|text| header(text).iter().filter(|byte| **byte == b'=').count()).collect();
    assert!((0..3).all(|padding| paddings.contains(&padding)), "{paddings:?}");
    assert_eq!(found(b"v0:e30"), Err(Refused::NotBase64));
    assert_eq!(found(b"v0: e30="), Err(Refused::NotBase64));
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let mut bytes = of_user("{ token: t }").into_bytes();
    bytes.extend(b"# \xff\n");
    assert_eq!(found(STANDARD.encode(bytes).as_bytes()), Err(Refused::NotUtf8));
}

#[test]
fn a_token_that_no_client_could_have_sent_is_refused() {
    for token in [r"a b", r" a", r"a\n", r"a\u0000", r"\u007f", r"a\u00e9", r"a\r\nX: y", r"a\t"] {
        assert_v0_refused(&format!(r#"{{ "BearerToken": "{token}" }}"#), Refused::Unsendable);
        assert_refused(&of_user(&format!("{{ token: \"{token}\" }}")), Refused::Unsendable);
    }
}

#[test]
fn a_kubeconfig_in_a_kubeconfig_is_refused() {
    let inner = String::from_utf8(header(&of_user("{ token: t }"))).unwrap();
    for token in [inner.as_str(), "v0:e30=", "v7:token"] {
        assert_v0_refused(&format!(r#"{{ "BearerToken": "{token}" }}"#), Refused::Nested);
        assert_refused(&of_user(&format!("{{ token: \"{token}\" }}")), Refused::Nested);
    }
}

#[test]
fn json_is_read_as_json() {
    let json = include_str!("kubectl.json");
    for (document, refused) in [
        (json.replace("\"kind\": \"Config\",", "\"kind\": Config,"), Refused::NotJson),
        (json.replace("\"preferences\": {},", "\"preferences\": {}, # none"), Refused::NotJson),
        (json.replace("\"preferences\": {},", "\"kind\": \"Config\","), Refused::DuplicateName),
        (json.replace("\"preferences\": {},", &format!("\"preferences\": {},", "[".repeat(70))), Refused::TooDeep),
        (format!("{json}{json}"), Refused::NotJson),
        (format!("\u{feff}{json}").replace("\"Config\"", "Config"), Refused::NotJson),
    ] {
        assert_refused(&document, refused);
    }
}
