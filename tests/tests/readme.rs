//! What README.md says, tried. `portcullis_testbed::Block` and `Transcript` have the rules.

#![allow(clippy::unwrap_used)]

use portcullis_testbed::{Block, Transcript, repository, shows};

fn blocks() -> Vec<Block> {
    Block::all(&std::fs::read_to_string(repository().join("README.md")).unwrap())
}

#[test]
fn the_commands_work_and_show_what_the_readme_says() {
    let blocks = blocks();
    let mut transcript = Transcript::begin(&repository().join("examples"));
    let mut ran = 0;
    for (index, block) in blocks.iter().enumerate().filter(|(_, block)| block.language == "sh") {
        let place = format!("README.md:{}", block.line);
        let output = transcript.run(block).unwrap_or_else(|error| panic!("{place}: {error}"));
        if let Some(expected) = blocks.get(index + 1).filter(|block| block.is_output()) {
            shows(&output, &expected.text).unwrap_or_else(|error| panic!("README.md:{}: {error}", expected.line));
        }
        ran += usize::from(!output.is_empty());
    }
    assert!(ran > 0, "README.md has no command that shows something");
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
curl -s -u alice:wonderland \\
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
```toml
[[backend]]
kind = "basic"
users_file = "users.htpasswd"
```
```toml
[dependencies]
portcullis = "0.1"
```
"#;

#[test]
fn the_rules_are_kept_and_a_document_that_is_wrong_is_found_out() {
    let try_out = |document: &str| {
        let blocks = Block::all(document);
        let mut transcript = Transcript::begin(&repository().join("examples"));
        for (index, block) in blocks.iter().enumerate() {
            match block.language.as_str() {
                "sh" => shows(&transcript.run(block)?, &blocks[index + 1].text)?,
                "toml" => transcript.check(block)?,
                _ => {}
            }
        }
        Ok::<_, String>(())
    };
    assert_eq!(try_out(SAMPLE), Ok(()));
    for (right, wrong) in [
        ("alice:wonderland", "alice:wrong"),
        ("[\"ops\"]", "[\"dev\"]"),
        ("ls checked", "ls unchecked"),
        ("users_file", "user_file"),
        ("listening on", "listening at"),
        ("curl -s", "curl -s --unknown"),
    ] {
        assert!(try_out(&SAMPLE.replace(right, wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn the_config_files_are_right() {
    let transcript = Transcript::begin(&repository().join("examples"));
    let blocks = blocks();
    let files: Vec<_> = blocks.iter().filter(|block| block.language == "toml").collect();
    assert!(!files.is_empty(), "README.md has no config file");
    for block in files {
        transcript.check(block).unwrap_or_else(|error| panic!("README.md:{}: {error}", block.line));
    }
}
