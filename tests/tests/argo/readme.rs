//! The example's README, which has the commands of the documents. Its blocks have no language, so that nobody runs them without a cluster.

use portcullis_testbed::{Block, Cluster, shows};

use crate::scene::file;
use crate::shell::Shell;

/// Runs the blocks under these headings, and compares what they show.
pub(crate) fn try_out(cluster: &Cluster, shell: &mut Shell, headings: &[&str]) {
    let document = file("README.md");
    for heading in headings {
        let section = document.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
        let mut blocks = Block::all(section).into_iter().peekable();
        while let Some(block) = blocks.next() {
            let expected = blocks.next_if(Block::is_output);
            let (served, script): (Vec<_>, Vec<_>) = block.text.lines().partition(|line| line.starts_with("cargo run"));
            let script = script.join("\n");
            match &expected {
                Some(expected) if served.is_empty() => shell.run_until(&script, &expected.text),
                _ => drop(shell.run(&script).unwrap()),
            }
            for line in served {
                let (_, arguments) = line.split_once("example-argo").unwrap();
                let shown = shell.start(&arguments.split_whitespace().skip(1).collect::<Vec<_>>());
                if let Some(expected) = &expected {
                    shows(&shown, &expected.text).unwrap();
                }
            }
            if script.contains("kind: Secret") {
                // Here, there are no controllers.
                drop(cluster.secret_token("argo", "jenkins", "jenkins.service-account-token"));
            }
        }
    }
}

fn try_out_anew(headings: &[&str]) {
    let cluster = Cluster::start();
    try_out(&cluster, &mut Shell::new(&cluster), headings);
}

#[test]
fn an_access_token_lets_in_where_its_role_says_until_its_secret_is_deleted() {
    try_out_anew(&["A cluster", "Access token"]);
}

#[test]
fn the_api_is_used_with_tokens_of_all_sorts() {
    try_out_anew(&["A cluster", "Using the API", "REST API"]);
}

#[test]
fn without_a_token_callers_do_what_the_servers_account_may_do() {
    try_out_anew(&["A cluster", "Without a token"]);
}
