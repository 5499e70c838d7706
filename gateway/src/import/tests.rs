//! What all imports have in common.

use portcullis::Auth;
use portcullis::config::Config;

use super::draft::{Draft, Mark};
use super::{Failure, notes};

/// The draft, or what was said instead.
pub(super) fn text(result: Result<Draft, Failure>) -> Result<String, String> {
    result.map(|draft| draft.text().to_owned()).map_err(|failure| failure.to_string())
}

/// # Panics
///
/// If `portcullis check` would refuse the text for another reason than that this build lacks a kind.
pub(super) fn assert_is_config(text: &str) {
    if let Err(error) = Config::from_toml(text) {
        let problems =
            error.problems().map(ToString::to_string).filter(|problem| !problem.contains("this build lacks"));
        assert_eq!(problems.collect::<Vec<_>>(), Vec::<String>::new(), "{text}");
    }
}

/// # Panics
///
/// If `portcullis check` would refuse the text, whose backends contact nobody.
pub(super) fn assert_passes(text: &str) {
    let config = Config::from_toml(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Auth::builder().load_config(config)).unwrap_or_else(|error| panic!("{error}: {text}"));
}

/// The comments that begin with this word, each on one line.
pub(super) fn comments(text: &str, word: &str) -> Vec<String> {
    let mut comments: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        match line.strip_prefix("# ") {
            Some(comment) if comment.starts_with(&format!("{word}: ")) => {
                comments.push(comment.to_owned());
                is_open = true;
            }
            Some(comment) if is_open && !comment.starts_with("    ") => {
                let last = comments.last_mut().unwrap();
                *last = format!("{last} {comment}");
            }
            _ => is_open = false,
        }
    }
    comments
}

#[test]
fn what_check_will_say_and_what_is_left_is_told() {
    let mut draft = Draft::made_from("nothing", "nowhere");
    assert_eq!(notes(&draft), Vec::<String>::new());
    draft.note(Mark::ToDo, "one");
    assert_eq!(notes(&draft), ["one thing is left to be done: look for TO DO in the file"]);
    draft.note(Mark::ToDo, "two");
    draft.header("[nonsense]");
    let notes = notes(&draft);
    assert!(notes[0].starts_with("`portcullis check` will say: ") && notes[0].contains("nonsense"), "{notes:?}");
    assert!(notes[1].starts_with("2 things"), "{notes:?}");
}
