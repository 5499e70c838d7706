//! What somebody who mistyped a word may have meant.

/// Characters. Nobody mistypes a longer word into one of ours.
const MAX_LEN: usize = 64;

/// The known word that differs from `given` the least, if that is little.
pub(super) fn closest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given: Vec<char> = given.chars().take(MAX_LEN + 1).flat_map(char::to_lowercase).collect();
    if given.len() > MAX_LEN {
        return None;
    }
    known
        .into_iter()
        .map(|word| (distance(&given, word), word))
        .filter(|(distance, word)| *distance <= (word.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// How many characters to insert, delete or replace, or neighbours to swap.
fn distance(given: &[char], word: &str) -> usize {
    let word: Vec<char> = word.chars().collect();
    let mut rows = vec![(0..=given.len()).collect::<Vec<_>>()];
    for i in 0..word.len() {
        let mut row = vec![i + 1];
        for j in 0..given.len() {
            let replaced = rows[i][j] + usize::from(word[i] != given[j]);
            let mut least = replaced.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && word[i] == given[j - 1] && word[i - 1] == given[j] {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[word.len()][given.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_mistakes_are_understood_and_great_ones_are_not() {
        let known = ["capacity", "ttl", "refusal_ttl", "tls"];
        for (given, meant) in [
            ("capactiy", Some("capacity")),
            ("Capacity", Some("capacity")),
            ("ttls", Some("ttl")),
            ("lts", Some("tls")),
            ("tll", Some("ttl")),
            ("refusals_ttl", Some("refusal_ttl")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(closest(given, known), meant, "{given}");
        }
        assert_eq!(closest(&"t".repeat(100_000), known), None);
    }
}
