//! The examples of the three systems. In the table of `examples/README.md` each row says what becomes of a command, and which
//! test runs it, if there is anything to run; and each example is short enough to be read in one go.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use portcullis_testbed::repository;

/// What is wrong with a row of the table about `system`, if anything.
fn problem(system: &str, row: &str) -> Option<String> {
    let cells: Vec<_> = row.trim_matches('|').split(" |").map(str::trim).collect();
    let [_, outcome, test] = cells[..] else { return Some("not three cells".to_owned()) };
    let known = ["works better: ", "cannot exist: ", "cannot exist here: ", "works: ", "works, "];
    if outcome != "works" && !known.iter().any(|word| outcome.starts_with(word)) {
        return Some(format!("`{outcome}` is no outcome, or lacks a reason"));
    }
    if test.is_empty() {
        return (!outcome.starts_with("cannot exist")).then(|| "no test runs it".to_owned());
    }
    let Some((module, name)) = test.trim_matches('`').split_once("::") else {
        return Some(format!("`{test}` names no test"));
    };
    let file = repository().join(format!("tests/tests/{system}/{module}.rs"));
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    (!text.contains(&format!("#[test]\nfn {name}()"))).then(|| format!("there is no test {test} in {}", file.display()))
}

/// The rows of the tables, each with the system that its heading names.
fn rows(text: &str) -> Vec<(String, &str)> {
    let (_, text) = text.split_once("\n## The three systems\n").unwrap();
    let mut system = String::new();
    let mut rows = Vec::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("### ") {
            system = heading.split(':').next().unwrap().to_lowercase();
        } else if line.starts_with("| ") && !line.contains("| | test |") {
            rows.push((system.clone(), line));
        }
    }
    rows
}

#[test]
fn each_row_says_what_becomes_of_its_command_and_names_a_test_that_there_is() {
    let text = std::fs::read_to_string(repository().join("examples/README.md")).unwrap();
    let rows = rows(&text);
    for (system, least) in [("argo", 28), ("armada", 14), ("airflow", 15)] {
        assert!(rows.iter().filter(|(of, _)| of == system).count() >= least, "{system}");
    }
    let wrong = rows.iter().filter_map(|(system, row)| Some(format!("{row}\n  {}", problem(system, row)?)));
    assert_eq!(wrong.collect::<Vec<_>>().join("\n"), "");
}

#[test]
fn a_row_that_says_nothing_or_names_no_test_is_found() {
    for row in [
        "| `curl` | works | `clients::there_is_no_such_test` |",
        "| `curl` | works | |",
        "| `curl` | cannot exist | |",
        "| `curl` | cannot exist here | |",
        "| `curl` | works: somehow | |",
        "| `curl` | works better | `json_client` |",
        "| `curl` | fails | `commands::a_task_is_shown` |",
        "| `curl` |",
    ] {
        assert!(problem("airflow", row).is_some(), "{row}");
    }
    assert_eq!(problem("airflow", "| `curl` | works | `commands::a_task_is_shown` |"), None);
}

/// As `find … -name '*.rs' | xargs cat | wc -l` has it.
fn lines_of_rust(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let lines = entries.map(|path| match path.extension() {
        _ if path.is_dir() => lines_of_rust(&path),
        Some(extension) if extension == "rs" => std::fs::read_to_string(&path).unwrap().matches('\n').count(),
        _ => 0,
    });
    lines.sum()
}

#[test]
fn each_of_the_three_systems_reads_as_a_tutorial_of_under_600_lines() {
    for system in ["argo", "armada", "airflow"] {
        let lines = lines_of_rust(&repository().join("examples").join(system));
        assert!((300..600).contains(&lines), "examples/{system} has {lines} lines of Rust");
    }
}
