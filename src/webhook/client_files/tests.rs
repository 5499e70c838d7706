use super::*;
use crate::webhook::clients::Clients;

/// The names of the clients and their fields, or what is wrong.
fn told(clients: Vec<Client>, problems: Vec<Invalid>) -> Result<Vec<String>, Vec<String>> {
    let shown = |client: &Client| {
        let secret = client.secrets[0].secret.expose_secret().to_owned();
        format!("{} {} {secret}", client.name, client.form.header)
    };
    match problems.is_empty() {
        true => Ok(clients.iter().map(shown).collect()),
        false => Err(problems.iter().map(|invalid| format!("{}: {}", invalid.key(), invalid.problem())).collect()),
    }
}

fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

fn in_directory(files: &[(&str, &str)]) -> Result<Vec<String>, Vec<String>> {
    let (directory, mut problems) = (directory(files), Vec::new());
    let clients = of_directory(directory.path(), &mut problems);
    told(clients, problems)
}

fn in_manifest(text: &str) -> Result<Vec<String>, Vec<String>> {
    let (directory, mut problems) = (directory(&[("secret.yaml", text)]), Vec::new());
    let clients = of_manifest(Path::new("secret.yaml"), directory.path(), &mut problems);
    told(clients, problems)
}

/// As Argo Workflows publishes it for its quick start (`argo-workflows-webhook-clients-secret.yaml`): one secret for three.
const ARGO: &str = r#"
kind: Secret
apiVersion: v1
metadata:
  name: argo-workflows-webhook-clients
# The data keys must be the name of a service account.
stringData:
  # https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/
  bitbucket.org: |
    type: bitbucket
    secret: "my-uuid"
  # https://confluence.atlassian.com/bitbucketserver/managing-webhooks-in-bitbucket-server-938025878.html
  bitbucketserver: |
    type: bitbucketserver
    secret: "shh!"
  # https://docs.github.com/en/developers/webhooks-and-events/webhooks/creating-webhooks
  github.com: |
    type: github
    secret: "shh!"
  # https://docs.gitlab.com/ee/user/project/integrations/webhooks.html
  gitlab.com: |
    type: gitlab
    secret: "shh!"
"#;

const OF_ARGO: [&str; 4] = [
    "bitbucket.org x-hook-uuid my-uuid",
    "bitbucketserver x-hub-signature shh!",
    "github.com x-hub-signature-256 shh!",
    "gitlab.com x-gitlab-token shh!",
];

#[test]
fn argos_own_example_is_read() {
    assert_eq!(in_manifest(ARGO).unwrap(), OF_ARGO);
    assert_eq!(in_manifest(&format!("---\n{ARGO}")).unwrap(), OF_ARGO);
    let (directory, mut problems) = (directory(&[("secret.yaml", ARGO)]), Vec::new());
    let clients = of_manifest(Path::new("secret.yaml"), directory.path(), &mut problems);
    let together = Clients::new(&clients, &"webhook".into()).unwrap();
    assert_eq!(together.principals.len(), 4);
}

#[test]
fn data_is_base64_and_a_manifest_may_be_json() {
    let encoded = STANDARD.encode("type: github\nsecret: a\n");
    let yaml = format!("apiVersion: v1\nkind: Secret\ndata:\n  github.com: {encoded}\n");
    assert_eq!(in_manifest(&yaml).unwrap(), ["github.com x-hub-signature-256 a"]);
    let json = format!(
        "{{\n\t\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"data\": {{\"github.com\": \"{encoded}\"}}\n}}\n"
    );
    assert_eq!(in_manifest(&json).unwrap(), ["github.com x-hub-signature-256 a"]);
    let (start, rest) = encoded.split_at(8);
    let folded = format!("apiVersion: v1\nkind: Secret\ndata:\n  github.com: |\n    {start}\n    {rest}\n");
    assert_eq!(in_manifest(&folded).unwrap(), ["github.com x-hub-signature-256 a"]);
}

#[test]
fn a_directory_has_a_file_for_each_client() {
    let files = [("github.com", "type: github\nsecret: \"a\"\n"), ("gitlab.com", "{type: gitlab, secret: 'b c'}")];
    let hidden = [("..data", "not looked at"), (".github.com.swp", "nor this")];
    let all: Vec<_> = files.into_iter().chain(hidden).collect();
    assert_eq!(in_directory(&all).unwrap(), ["github.com x-hub-signature-256 a", "gitlab.com x-gitlab-token b c"]);
}

#[test]
fn what_a_file_should_not_say_is_refused() {
    for (text, problem) in [
        ("type: github\nsecret: \"\"\n", "the secret is empty, so that anybody could sign"),
        ("type: github\n", "line 1, column 1: not the YAML of a client"),
        ("secret: hunter2\n", "line 1, column 1: not the YAML of a client"),
        ("type: github\nsecret:\n", "line 2, column 7: not the YAML of a client"),
        ("type: github\nsecret: ~\n", "line 2, column 9: not the YAML of a client"),
        ("type: github\nsecret: 4711\n", "line 2, column 9: not the YAML of a client"),
        ("type: github\nsecret: [hunter2]\n", "line 2, column 9: not the YAML of a client"),
        ("type: github\nsecret: hunter2\nsecret: hunter3\n", "line 3, column 1: not the YAML of a client"),
        ("type: github\nsecret: hunter2\nscret: a\n", "line 3, column 1: not the YAML of a client"),
        ("type: &a github\nsecret: *a\n", "not the YAML of a client"),
        ("type: github\nsecret: hunter2\n---\ntype: gitlab\nsecret: b\n", "not the YAML of a client"),
        ("type: github\nsecret: hunter2\n...\nmore\n", "line 3: not the YAML of a client"),
        ("type: github\nsecret: \"a\"\r...\r}{ not: [yaml", "line 3: not the YAML of a client"),
        ("type: github\rsecret: hunter2\r...\rmore", "line 3: not the YAML of a client"),
        ("type: github\r\nsecret: hunter2\r\n...\r\nmore\r\n", "line 3: not the YAML of a client"),
        ("type: github\nsecret: hunter2\r---\rtype: gitlab\rsecret: b\n", "not the YAML of a client"),
        ("hunter2", "line 1, column 1: not the YAML of a client"),
        ("type: GitHub\nsecret: hunter2\n", "unknown type"),
        ("type: hunter2\nsecret: a\n", "unknown type"),
        ("type: hmac\nsecret: hunter2\n", "the type `hmac` needs to be told how it signs"),
    ] {
        let problems = in_directory(&[("client", text)]).unwrap_err();
        let [told] = &problems[..] else { panic!("{text:?}: {problems:?}") };
        assert!(told.starts_with("clients_dir: client: ") && told.ends_with(problem), "{text:?}: {told}");
        assert!(!told.contains("hunter") && !told.contains("4711"), "{told}");
    }
}

#[test]
fn a_name_is_fit_for_a_principal() {
    let text = "type: github\nsecret: a\n";
    for (name, problem) in [
        ("system:admin", "clients_dir: system:admin: the name: begins with `system:`, which is for Kubernetes alone"),
        (" a", "clients_dir:  a: the name: wrong value"),
    ] {
        assert_eq!(in_directory(&[(name, text)]).unwrap_err(), [problem]);
    }
}

#[test]
fn all_that_is_wrong_is_said_and_where() {
    let files = [("a", "type: github\nsecret: ''\n"), ("b", ""), ("c", "type: github\nsecret: x\n")];
    let directory = directory(&files);
    fs::create_dir(directory.path().join("d")).unwrap();
    let mut problems = Vec::new();
    let clients = of_directory(directory.path(), &mut problems);
    assert_eq!(clients.len(), 1);
    let told: Vec<_> = problems.iter().map(Invalid::problem).collect();
    assert_eq!(told[0], "a: the secret is empty, so that anybody could sign");
    assert!(told[1].ends_with("b is empty"), "{told:?}");
    assert!(told[2].ends_with("d: not a regular file"), "{told:?}");
    let mut problems = Vec::new();
    of_directory(&directory.path().join("gone"), &mut problems);
    assert!(problems[0].problem().contains("gone: "), "{problems:?}");
}

#[test]
fn a_manifest_is_of_one_secret() {
    let secret = "apiVersion: v1\nkind: Secret\n";
    for (text, problem) in [
        ("apiVersion: v1\nkind: ConfigMap\ndata: {a: hunter2}\n", "neither `apiVersion: v1` nor `kind: Secret`"),
        ("kind: Secret\n", "line 1, column 1: not the YAML of a Secret"),
        ("{\"kind\": 1}", "not the JSON of a Secret"),
        (&format!("{secret}data:\n  a: 'hunter2!'\n"), "a: not the base64 of a text"),
        (&format!("{secret}data:\n  a: /w==\n"), "a: not the base64 of a text"),
        (&format!("{secret}data:\n  a: YQ==\nstringData:\n  a: hunter2\n"), "a: in `data` and in `stringData`"),
        (&format!("{secret}---\n{secret}"), "not the YAML of a Secret"),
        (&format!("{secret}stringData:\n  a: 'type: github'\n"), "a: line 1, column 1: not the YAML of a client"),
    ] {
        let problems = in_manifest(text).unwrap_err();
        let [told] = &problems[..] else { panic!("{text:?}: {problems:?}") };
        assert!(told.starts_with("clients_file: secret.yaml: ") && told.ends_with(problem), "{text:?}: {told}");
        assert!(!told.contains("hunter"), "{told}");
    }
}
