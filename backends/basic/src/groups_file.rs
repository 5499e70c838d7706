//! The groups file, in the form of Apache's `AuthGroupFile`.

use std::collections::{BTreeMap, BTreeSet};

use crate::file::{lines, problem_with_name};
use crate::users_file::BadLine;

/// The members of each group.
pub(crate) type Groups = BTreeMap<String, BTreeSet<String>>;

/// Adds the groups of a file: `group: name name …` on each line. Several lines for one group add up.
pub(crate) fn parse(bytes: &[u8], groups: &mut Groups) -> Result<(), BadLine> {
    for (line, text) in lines(bytes) {
        let text = text.map_err(|problem| BadLine::new(line, problem))?;
        let (group, members) =
            text.split_once(':').ok_or_else(|| BadLine::new(line, "there is no colon after a group"))?;
        add(groups, group.trim(), members.split_ascii_whitespace()).map_err(|problem| BadLine::new(line, problem))?;
    }
    Ok(())
}

/// Adds members to a group.
pub(crate) fn add<'a>(
    groups: &mut Groups,
    group: &str,
    members: impl IntoIterator<Item = &'a str>,
) -> Result<(), String> {
    if let Some(problem) = problem_with_name(group) {
        return Err(format!("the group name {group:?} {problem}"));
    }
    groups.entry(group.to_owned()).or_default().extend(members.into_iter().map(str::to_owned));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn groups(text: &str) -> Result<Vec<(String, String)>, BadLine> {
        let mut groups = Groups::new();
        parse(text.as_bytes(), &mut groups)?;
        Ok(groups.into_iter().map(|(group, names)| (group, Vec::from_iter(names).join(","))).collect())
    }

    #[test]
    fn lines_of_one_group_add_up_and_comments_do_not_count() {
        let text = "# who is who\r\nops: alice  bob\r\n\ndev:carol\nops:\tdave alice\nempty:\n";
        let expected = [("dev", "carol"), ("empty", ""), ("ops", "alice,bob,dave")];
        assert_eq!(groups(text).unwrap(), expected.map(|(group, names)| (group.to_owned(), names.to_owned())));
    }

    #[test]
    fn a_line_without_a_group_is_told_with_its_number() {
        assert_eq!(groups("a: b\nalice bob\n").unwrap_err().to_string(), "2: there is no colon after a group");
        assert_eq!(groups("\n: alice\n").unwrap_err().to_string(), "2: the group name \"\" is empty");
    }

    proptest! {
        #[test]
        fn any_bytes_are_groups_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes, &mut Groups::new());
        }
    }
}
