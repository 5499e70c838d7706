//! What a file says of webhooks.

use super::*;
use crate::config::Config;

#[test]
fn the_defaults_are_as_documented() {
    let text = "[[webhook]]\npath = '/hook'\nclients_dir = 'clients'\n";
    let config = Config::from_toml(text).unwrap();
    let webhook = config.webhooks().next().unwrap();
    assert_eq!((&*webhook.name, &webhook.methods[..]), ("webhook", &["POST".to_owned()][..]));
    assert_eq!((webhook.max_body, webhook.room()), (2_097_152, 67_108_864));
    assert_eq!((webhook.timeout.as_secs(), webhook.replay_window.as_secs()), (30, 300));
    let documented = include_str!("../../webhook/config.rs");
    for default in ["2097152 (2 MiB)", "67108864 (64 MiB)", "`[\"POST\"]`", "`\"webhook\"`", "`\"30s\"`", "`\"5m\"`"] {
        assert!(documented.contains(&format!("Default {default}")), "{default}");
    }
}

#[test]
fn bindings_and_other_backends_may_name_a_webhook() {
    let file = "[[backend]]\nkind = 'anonymous'\n[[webhook]]\npath = '/hook'\nname = 'hooks'\n\
        clients_dir = 'clients'\n[role.a]\nrules = []\n[[binding]]\nrole = 'a'\nsubjects = [SUBJECT]\n";
    let read = |subject| Config::from_toml(&file.replace("SUBJECT", subject)).map_err(|error| error.to_string());
    assert!(read("{ backend = 'hooks', user = 'github.com' }").is_ok());
    let told = read("{ backend = 'webhook', user = 'github.com' }").unwrap_err();
    assert!(told.contains("unknown backend") && told.contains("one of `anonymous`, `hooks`"), "{told}");
    let told = read("{ user = 'github.com' }").unwrap_err();
    assert!(told.contains("there are several backends"), "{told}");
    let told = read("{ backend = 'hooks', group = 'system:masters' }").unwrap_err();
    assert!(told.contains("begins with `system:`, which is for Kubernetes alone"), "{told}");
}

/// It has one secret for three clients, each of which signs in its own way.
#[tokio::test]
async fn the_clients_that_argo_publishes_are_told_apart() {
    let client = |name: &str, kind: &str| format!("  {name}: |\n    type: {kind}\n    secret: \"shh!\"\n");
    let kinds = [("bitbucketserver", "bitbucketserver"), ("github.com", "github"), ("gitlab.com", "gitlab")];
    let clients = kinds.map(|(name, kind)| client(name, kind)).concat();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret.yaml");
    std::fs::write(&path, format!("kind: Secret\napiVersion: v1\nstringData:\n{clients}")).unwrap();
    let text = format!("[[webhook]]\npath = '{PATH}'\nclients_file = '{}'\n", path.display());
    let site = Site::with(Auth::builder(), &text).await;
    let signature = hex("sha256=", "shh!", "x");
    for (field, value, name) in [
        ("x-hub-signature", &*signature, "bitbucketserver"),
        ("x-hub-signature-256", &*hex("sha256=", "shh!", "y"), "github.com"),
        ("x-gitlab-token", "shh!", "gitlab.com"),
    ] {
        let body = if name == "github.com" { "y" } else { "x" };
        assert_eq!(site.caller(&[(field, value)], body).await, Ok(format!("webhook/{name}")));
    }
    // Who has overheard it cannot deliver it once more in the name of another client.
    assert_eq!(site.caller(&[("x-hub-signature-256", &signature)], "x").await, Err(403));
    // Two that sign alike are not told apart.
    std::fs::write(&path, format!("kind: Secret\napiVersion: v1\nstringData:\n{clients}{}", client("other", "github")))
        .unwrap();
    let told = Auth::builder().load_toml(&text).await.unwrap_err().to_string();
    assert!(told.contains("secret.yaml: github.com too, which signs alike"), "{told}");
}

#[cfg(feature = "kubernetes")]
#[test]
fn a_cluster_can_be_asked_about_senders_as_its_own_accounts() {
    let file = "[[backend]]\nkind = 'kubernetes'\naccess_review = { act_as = [{ backend = 'NAME', user = 'github.com', \
        as = 'system:serviceaccount:argo:github.com' }] }\n[[webhook]]\npath = '/hook'\nclients_dir = 'clients'\n";
    let read = |name| Config::from_toml(&file.replace("NAME", name)).map_err(|error| error.to_string());
    let config = read("webhook").unwrap();
    let asks = |name: &str| {
        let sender = Principal::builder(name).build().of_backend(&"webhook".into());
        config.backends().next().unwrap().asks_cluster_about(&sender)
    };
    assert!(asks("github.com") && !asks("gitlab.com"));
    let told = read("hooks").unwrap_err();
    assert!(told.contains("unknown backend") && told.contains("one of `kubernetes`, `webhook`"), "{told}");
}

#[tokio::test]
async fn nothing_that_is_shown_holds_a_secret() {
    let site = Site::new("").await;
    let layer = site.auth.webhook_layer();
    let service = layer.layer(());
    let config = Config::from_path(site._directory.path().join("portcullis.toml")).unwrap();
    let shown = format!("{:?} {layer:?} {service:?} {config:?} {}", site.auth, site.auth.describe());
    for secret in [GITHUB_SECRET, "secret-gitlab", "secret-bitbucket", "secret-acme"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
