//! What the documents say, tried. `tests/src/document.rs` has the rules.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use portcullis_testbed::{Block, MANIFESTS, Transcript, repository, shows};

/// Every Markdown file that git knows, and those that it is about to be told of.
fn documents() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z", "*.md"])
        .current_dir(repository())
        .output()
        .expect("git can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).unwrap();
    let names = names.split_terminator('\0').map(PathBuf::from);
    names.filter(|name| repository().join(name).exists()).collect()
}

/// Tries all blocks, and says how many of them were compared with what commands had shown.
fn try_out(document: &Path, text: &str) -> Result<usize, String> {
    let mut transcript = Transcript::begin(&repository().join("examples"));
    let mut output = None;
    let mut compared = 0;
    for block in Block::all(text) {
        let shown = output.take();
        match block.language.as_str() {
            "sh" => transcript.run(&block).map(|shown| output = Some(shown)),
            "toml" => transcript.check(&block),
            "yaml" => is_applied(document),
            "rust" | "rust,no_run" => is_compiled(document),
            "text" | "json" => shown.map_or(Ok(()), |shown| {
                compared += 1;
                shows(&shown, &block.text)
            }),
            // Neither code nor commands.
            "" => Ok(()),
            other => Err(format!("a block in `{other}` is not tried")),
        }
        .map_err(|error| format!("{}:{}: {error}", document.display(), block.line))?;
    }
    Ok(compared)
}

/// Whether another test applies the manifests of the document.
fn is_applied(document: &Path) -> Result<(), String> {
    let is_known = MANIFESTS.iter().any(|known| document == Path::new(known));
    if is_known { Ok(()) } else { Err("no cluster is given the manifests of this document".to_owned()) }
}

/// Whether the document is part of a crate's documentation, whose code is compiled.
fn is_compiled(document: &Path) -> Result<(), String> {
    let library = repository().join(document).with_file_name("src").join("lib.rs");
    let name = document.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let included = format!("include_str!(\"../{name}\")");
    match std::fs::read_to_string(library) {
        Ok(library) if library.contains(&included) => Ok(()),
        _ => Err(format!("no src/lib.rs beside it has `#[doc = {included}]`")),
    }
}

#[test]
fn every_document_does_what_it_says() {
    let documents = documents();
    let mut compared = Vec::new();
    for document in &documents {
        let text = std::fs::read_to_string(repository().join(document)).unwrap();
        let count = try_out(document, &text).unwrap_or_else(|error| panic!("{error}"));
        compared.push((document.to_str().unwrap(), count));
    }
    for name in ["README.md", "examples/README.md", "examples/airflow/README.md", "gateway/README.md"] {
        assert!(compared.iter().any(|(other, count)| *other == name && *count > 0), "{name} shows something");
    }
}

/// A document that keeps all the rules.
const SAMPLE: &str = r#"
```sh
git clone https://git.example.test/portcullis && exit 1
cargo run --release -- serve --config examples/quickstart.toml &
```
```text
listening on http://127.0.0.1:8080
```
```sh
curl -s -u alice:wonderland \
  http://127.0.0.1:8080/
portcullis check examples/quickstart.toml > checked
# a comment
ls checked && echo http://127.0.0.1:8080
```
Prose.
```text
{"name":"alice",…"groups":["ops"],…}
…
checked
http://127.0.0.1:8080
```
```sh
cargo run -p example-axum -- 127.0.0.1:4000
cargo run -p example-tonic &
curl -s http://127.0.0.1:4000/ http://127.0.0.1:8080/
```
```json
listening on http://127.0.0.1:4000
listening on http://127.0.0.1:50051
hello anonymous
{"code":16,…}
```
```toml
[[backend]]
kind = "basic"
users_file = "users.htpasswd"
```
```toml
[[backend]]
kind = "kubernetes"
audiences = ["orders"]
```
```toml
[[backend]]
kind = "kubernetes"
kubeconfig = "blue.kubeconfig"
default = true

[[backend]]
kind = "kubernetes"
name = "green"
kubeconfig = "green.kubeconfig"
```
```toml
[dependencies]
portcullis = "0.1"
```
```toml
k8s-openapi = "0.29"
```
```yaml
kind: ServiceAccount
```
```rust,no_run
fn main() {}
```
"#;

#[test]
fn the_rules_are_kept_and_a_document_that_is_wrong_is_found_out() {
    let crate_readme = Path::new("backends/kubernetes/README.md");
    assert_eq!(try_out(crate_readme, SAMPLE), Ok(3));
    for (right, wrong) in [
        ("alice:wonderland", "alice:wrong"),
        ("[\"ops\"]", "[\"dev\"]"),
        ("ls checked", "ls unchecked"),
        ("users_file", "user_file"),
        ("audiences =", "audience ="),
        ("\"blue.kubeconfig\"", "\"red.kubeconfig\""),
        ("name = \"green\"\n", ""),
        ("k8s-openapi = \"0.29\"", "k8s_openapi = \"0.29\""),
        ("listening on", "listening at"),
        ("curl -s", "curl -s --unknown"),
        ("127.0.0.1:4000/", "127.0.0.1:1/"),
        ("example-tonic &", "example-tonic -- --quiet 127.0.0.1:50051"),
        ("rust,no_run", "rust,ignore"),
        ("```sh", "```console"),
    ] {
        assert!(try_out(crate_readme, &SAMPLE.replace(right, wrong)).is_err(), "{wrong}");
    }
    let without_yaml = SAMPLE.replace("```yaml", "```");
    assert_eq!(try_out(Path::new("backends/core/README.md"), &without_yaml), Ok(3));
    assert!(try_out(Path::new("backends/core/README.md"), SAMPLE).is_err(), "nobody applies its manifests");
    assert!(try_out(Path::new("tests/README.md"), &without_yaml).is_err(), "no crate's documentation has it");
}
