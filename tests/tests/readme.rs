//! What README.md says, tried. `portcullis_testbed::Block` and `Transcript` have the rules.

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
