//! Any text is a config file, or problems that say where they are.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::config::Config;

fuzz_target!(|text: &str| {
    let Err(error) = Config::from_toml(text) else { return };
    assert!(error.problems().len() > 0, "an error without a problem");
    let lines = text.lines().count() + 1;
    // Those of the files that it includes stand there.
    for problem in error.problems().filter(|problem| problem.file() == Some("<toml>")) {
        let (line, column) = (problem.line().unwrap_or(0), problem.column().unwrap_or(0));
        assert!((1..=lines).contains(&line) && column >= 1, "{line}:{column} in a text of {lines} lines");
    }
    assert!(error.problems().all(|problem| !problem.problem().is_empty()));
    let shown = error.to_string();
    assert_eq!(shown.lines().count(), error.problems().len(), "a problem is one line");
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "no control characters for the terminal");
});
