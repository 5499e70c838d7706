use std::fs;
use std::sync::mpsc::{Receiver, channel};

use super::*;

const SOON: Duration = Duration::from_secs(20);
const NEVER: Duration = Duration::from_secs(3600);

/// Looks at nothing unless the operating system said something.
const ONLY_TOLD: Pace = Pace { watched: NEVER, unwatched: NEVER, ..Pace::USUAL };

fn watch(paths: &[&Path], pace: Pace) -> (Watch, Receiver<()>) {
    let (called, calls) = channel();
    let paths: Vec<_> = paths.iter().map(|path| path.to_path_buf()).collect();
    let watch = Watch::at_pace(paths, always(move || called.send(()).unwrap_or_default()), pace, true);
    (watch, calls)
}

/// A callback that takes every change.
fn always(mut changed: impl FnMut()) -> impl FnMut() -> bool {
    move || {
        changed();
        true
    }
}

/// The watcher's thread sets itself up after `Watch::files` has returned; a change before that is
/// seen in its first look, and would not show that the operating system tells.
fn let_it_settle() {
    std::thread::sleep(Duration::from_millis(300));
}

#[test]
fn the_operating_system_tells_of_a_rename_over_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("users");
    fs::write(&file, "one").unwrap();
    let (_watch, calls) = watch(&[&file], ONLY_TOLD);
    let_it_settle();
    for text in ["two", "six"] {
        let new = directory.path().join("users.new");
        fs::write(&new, text).unwrap();
        fs::rename(&new, &file).unwrap();
        calls.recv_timeout(SOON).unwrap();
    }
}

#[test]
fn the_operating_system_tells_of_a_write_in_place() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("users");
    fs::write(&file, "one").unwrap();
    let (_watch, calls) = watch(&[&file], ONLY_TOLD);
    let_it_settle();
    fs::write(&file, "two").unwrap();
    calls.recv_timeout(SOON).unwrap();
}

#[test]
fn a_change_right_after_the_start_is_not_missed() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("users");
    fs::write(&file, "one").unwrap();
    let (_watch, calls) = watch(&[&file], ONLY_TOLD);
    fs::write(&file, "three").unwrap();
    calls.recv_timeout(SOON).unwrap();
}

#[test]
fn a_file_may_come_go_and_come_again() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("users");
    let (_watch, calls) = watch(&[&file], ONLY_TOLD);
    let_it_settle();
    for _ in 0..2 {
        fs::write(&file, "one").unwrap();
        calls.recv_timeout(SOON).unwrap();
        fs::remove_file(&file).unwrap();
        calls.recv_timeout(SOON).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn the_operating_system_tells_of_a_config_map_whose_data_link_is_swapped() {
    use std::os::unix::fs::symlink;

    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let publish = |version: &str| {
        fs::create_dir(at(version)).unwrap();
        fs::write(at(version).join("users"), version).unwrap();
        symlink(version, at("..data_tmp")).unwrap();
        fs::rename(at("..data_tmp"), at("..data")).unwrap();
    };
    publish("..1");
    symlink("..data/users", at("users")).unwrap();
    let (_watch, calls) = watch(&[&at("users")], ONLY_TOLD);
    let_it_settle();
    for (old, new) in [("..1", "..2"), ("..2", "..3")] {
        publish(new);
        fs::remove_dir_all(at(old)).unwrap();
        calls.recv_timeout(SOON).unwrap();
        let_it_settle();
        assert!(calls.try_recv().is_err(), "one swap is one change");
    }
}

#[cfg(unix)]
#[test]
fn the_operating_system_tells_of_a_directory_link_that_is_swapped_and_of_the_file_behind_it() {
    use std::os::unix::fs::symlink;

    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    for release in ["one", "two"] {
        fs::create_dir(at(release)).unwrap();
        fs::write(at(release).join("users"), release).unwrap();
    }
    symlink("one", at("current")).unwrap();
    let (_watch, calls) = watch(&[&at("current/users")], ONLY_TOLD);
    let_it_settle();
    symlink("two", at("new")).unwrap();
    fs::rename(at("new"), at("current")).unwrap();
    calls.recv_timeout(SOON).unwrap();
    let_it_settle();
    fs::write(at("two/users"), "three").unwrap();
    calls.recv_timeout(SOON).unwrap();
}

#[cfg(unix)]
#[test]
fn a_file_that_becomes_readable_has_changed() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("users");
    fs::write(&file, "one").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    let (_watch, calls) = watch(&[&file], ONLY_TOLD);
    let_it_settle();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    calls.recv_timeout(SOON).unwrap();
}

#[test]
fn nothing_is_called_when_the_watched_files_stay_as_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("users");
    fs::write(&file, "one").unwrap();
    let often = Duration::from_millis(20);
    let (_watch, calls) = watch(&[&file], Pace { watched: often, unwatched: often, ..Pace::USUAL });
    for neighbour in 0..10 {
        fs::write(directory.path().join(neighbour.to_string()), "noise").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"one");
        std::thread::sleep(Duration::from_millis(60));
    }
    assert!(calls.try_recv().is_err());
}

#[test]
fn a_burst_of_writes_is_few_changes() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("users");
    fs::write(&file, "").unwrap();
    let (_watch, calls) = watch(&[&file], ONLY_TOLD);
    let_it_settle();
    for len in 1..100 {
        fs::write(&file, vec![b'x'; len]).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
    let_it_settle();
    assert!((1..20).contains(&calls.try_iter().count()));
}

#[test]
fn a_directory_that_cannot_be_watched_is_looked_at_every_now_and_then() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("not/yet/users");
    let pace = Pace { unwatched: Duration::from_millis(50), watched: NEVER, ..Pace::USUAL };
    let (_watch, calls) = watch(&[&file], pace);
    let_it_settle();
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "one").unwrap();
    calls.recv_timeout(SOON).unwrap();
    let_it_settle();
    // By now the operating system watches.
    fs::write(&file, "two!").unwrap();
    calls.recv_timeout(SOON).unwrap();
}

#[test]
fn a_change_that_the_operating_system_does_not_tell_of_is_found_by_looking() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("users");
    fs::write(&file, "one").unwrap();
    let (called, calls) = channel();
    let (wake, woken) = sync_channel(1);
    let paths = vec![file.clone()];
    let mut deaf = Guard {
        seen: Identity::of_all(&paths),
        paths,
        owed: None,
        changed: always(move || called.send(()).unwrap()),
        pace: Pace { unwatched: Duration::from_millis(10), ..Pace::USUAL },
        asks_system: true,
        stopped: Arc::default(),
        wake,
        woken,
        system: None,
    };
    deaf.wait();
    deaf.look();
    assert!(calls.try_recv().is_err());
    fs::write(&file, "two!").unwrap();
    deaf.wait();
    deaf.look();
    assert!(calls.try_recv().is_ok());
}

/// A watch whose callback takes nothing before its third call.
fn stubborn(file: &Path, pace: Pace) -> (Watch, Receiver<()>) {
    let (called, calls) = channel();
    let mut left = 3;
    let changed = move || {
        called.send(()).unwrap_or_default();
        left -= 1;
        left == 0
    };
    (Watch::at_pace([file.to_owned()], changed, pace, true), calls)
}

#[test]
fn a_change_that_is_not_taken_is_told_again_until_it_is_and_then_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("users");
    fs::write(&file, "one").unwrap();
    let often = Duration::from_millis(20);
    let (_watch, calls) = stubborn(&file, Pace { watched: often, unwatched: often, ..Pace::USUAL });
    let new = directory.path().join("users.new");
    fs::write(&new, "three").unwrap();
    fs::rename(&new, &file).unwrap();
    for _ in 0..3 {
        calls.recv_timeout(SOON).unwrap();
    }
    let_it_settle();
    assert!(calls.try_recv().is_err());
}

#[test]
fn a_change_that_is_not_taken_is_not_told_again_for_a_neighbours_sake_but_at_once_if_the_file_changes() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("users");
    fs::write(&file, "one").unwrap();
    let (_watch, calls) = stubborn(&file, ONLY_TOLD);
    let_it_settle();
    fs::write(&file, "three").unwrap();
    calls.recv_timeout(SOON).unwrap();
    let_it_settle();
    calls.try_iter().count();
    fs::write(directory.path().join("neighbour"), "noise").unwrap();
    let_it_settle();
    assert!(calls.try_recv().is_err());
    fs::write(&file, "eleven").unwrap();
    calls.recv_timeout(SOON).unwrap();
}

#[test]
fn a_panic_of_the_callback_does_not_end_the_watch() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("users");
    fs::write(&file, "one").unwrap();
    let (called, calls) = channel();
    let mut first = true;
    let _watch = Watch::at_pace(
        [file.clone()],
        always(move || {
            called.send(()).unwrap();
            assert!(!std::mem::take(&mut first), "the first call panics on purpose");
        }),
        ONLY_TOLD,
        true,
    );
    for text in ["three", "eleven"] {
        fs::write(&file, text).unwrap();
        calls.recv_timeout(SOON).unwrap();
    }
}

#[test]
fn dropping_the_watch_ends_its_thread_and_does_not_wait_for_a_slow_callback() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("users");
    fs::write(&file, "one").unwrap();
    let (called, calls) = channel();
    let (release, released) = channel::<()>();
    let watch = Watch::at_pace(
        [file.clone()],
        always(move || {
            called.send(()).unwrap();
            released.recv().unwrap_or_default();
        }),
        ONLY_TOLD,
        true,
    );
    fs::write(&file, "three").unwrap();
    calls.recv_timeout(SOON).unwrap();
    drop(watch);
    release.send(()).unwrap();
    // The callback, and with it the sender, goes when the thread does.
    assert_eq!(calls.recv_timeout(SOON), Err(RecvTimeoutError::Disconnected));
}

#[test]
fn who_looks_at_intervals_is_not_woken_by_readers_and_sees_changes() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("keys");
    fs::write(&file, "one").unwrap();
    let (called, calls) = channel();
    let pace = Pace { unwatched: Duration::from_millis(20), ..ONLY_TOLD };
    let _watch = Watch::at_pace([file.clone()], always(move || called.send(()).unwrap_or_default()), pace, false);
    let_it_settle();
    fs::read(&file).unwrap();
    fs::write(&file, "three").unwrap();
    calls.recv_timeout(SOON).unwrap();
}
