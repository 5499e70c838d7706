use std::collections::HashSet;

use proptest::prelude::*;
use tempfile::NamedTempFile;

use super::*;

const NOW: u64 = 1_800_000_000;

fn opened(file: &NamedTempFile) -> Table {
    Table::new(File::options().read(true).write(true).open(file.path()).unwrap(), file.path().to_owned())
}

fn tag(number: u32) -> Tag {
    let mut tag = [7; 16];
    tag[..4].copy_from_slice(&number.to_be_bytes());
    tag
}

#[test]
fn a_token_is_new_once_and_for_whoever_opens_the_file_too() {
    let file = NamedTempFile::new().unwrap();
    let (one, other) = (opened(&file), opened(&file));
    assert_eq!(one.record(&tag(1), || NOW).unwrap(), Seen::Never);
    assert_eq!(one.record(&tag(1), || NOW).unwrap(), Seen::Before);
    assert_eq!(other.record(&tag(1), || NOW + RETENTION).unwrap(), Seen::Before);
    assert_eq!(other.record(&tag(2), || NOW).unwrap(), Seen::Never);
}

#[test]
fn thousands_are_remembered_for_all_of_their_time() {
    let file = NamedTempFile::new().unwrap();
    let table = opened(&file);
    for number in 0..20_000 {
        assert_eq!(table.record(&tag(number), || NOW + u64::from(number) / 100).unwrap(), Seen::Never, "{number}");
    }
    for number in 0..20_000 {
        assert_eq!(table.record(&tag(number), || NOW + RETENTION).unwrap(), Seen::Before, "{number}");
    }
    let length = file.path().metadata().unwrap().len();
    // Room is used again once its time is over.
    for number in 20_000..40_000 {
        assert_eq!(table.record(&tag(number), || NOW + 200 + RETENTION + 1).unwrap(), Seen::Never);
    }
    let after = file.path().metadata().unwrap().len();
    assert!(after <= length * 2, "{length} {after}");
}

#[test]
fn of_threads_that_come_at_once_one_is_first() {
    let file = NamedTempFile::new().unwrap();
    for number in 0..200 {
        let seen: Vec<Seen> = std::thread::scope(|scope| {
            let threads = (0..4).map(|_| scope.spawn(|| opened(&file).record(&tag(number), || NOW).unwrap()));
            threads.collect::<Vec<_>>().into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(seen.iter().filter(|seen| **seen == Seen::Never).count(), 1, "{seen:?}");
    }
}

#[test]
fn a_clock_that_is_set_back_forgets_nothing() {
    let file = NamedTempFile::new().unwrap();
    let table = opened(&file);
    table.record(&tag(1), || NOW).unwrap();
    assert_eq!(table.record(&tag(1), || NOW - 86_400).unwrap(), Seen::Before);
}

#[test]
fn a_file_that_is_removed_renamed_or_emptied_or_of_another_kind_is_told() {
    let changes: [fn(&std::path::Path); 4] = [
        |path| std::fs::remove_file(path).unwrap(),
        |path| std::fs::rename(path, path.with_extension("old")).unwrap(),
        |path| std::fs::write(path, "").unwrap(),
        |path| {
            std::fs::rename(path, path.with_extension("old")).unwrap();
            std::fs::write(path, "").unwrap();
        },
    ];
    for change in changes {
        let directory = tempfile::tempdir().unwrap();
        let file = NamedTempFile::new_in(directory.path()).unwrap();
        let table = opened(&file);
        table.record(&tag(1), || NOW).unwrap();
        change(file.path());
        assert_eq!(table.record(&tag(2), || NOW + 1).unwrap(), Seen::FileGone);
    }
    let directory = tempfile::tempdir().unwrap();
    let file = NamedTempFile::new_in(directory.path()).unwrap();
    let table = opened(&file);
    table.record(&tag(1), || NOW).unwrap();
    std::fs::rename(file.path(), directory.path().join("old")).unwrap();
    assert!(table.remembers(&tag(1)).unwrap() && !table.remembers(&tag(2)).unwrap());

    let other = NamedTempFile::new().unwrap();
    std::fs::write(other.path(), "something that somebody else has written").unwrap();
    assert!(opened(&other).record(&tag(1), || NOW).is_err());
}

proptest! {
    #[test]
    fn it_says_what_a_set_says(numbers in prop::collection::vec(0..300_u32, 0..600)) {
        let file = NamedTempFile::new().unwrap();
        let (table, mut set) = (opened(&file), HashSet::new());
        for number in numbers {
            let seen = if set.insert(number) { Seen::Never } else { Seen::Before };
            prop_assert_eq!(table.record(&tag(number), || NOW).unwrap(), seen);
        }
    }
}
