use proptest::prelude::*;

use super::*;

fn read(text: &str, section: &str, key: &str) -> Result<Option<String>, String> {
    let source = Source::of("airflow.cfg", text);
    let ini = Ini::parse(&source).map_err(|failure| failure.to_string())?;
    let setting = ini.setting(&source, section, key).map_err(|failure| failure.to_string())?;
    Ok(setting.map(|setting| setting.value.to_string()))
}

/// As Python 3.11 reads each of them.
#[test]
fn values_are_those_that_python_reads() {
    for (text, value) in [
        ("[a]\nk = v", Some("v")),
        ("[a]\nk: v = w\n", Some("v = w")),
        ("[a]\nK=v", Some("v")),
        ("[a]\r\nk = v\r\n", Some("v")),
        ("# c\n; c\n[a]\n  # c\nk = v ; no comment # neither\n", Some("v ; no comment # neither")),
        ("[a]\nk = one\n  two\n# c\n\n  three\nl = x\n", Some("one\ntwo\n\nthree")),
        ("[a]\n  k = one\n  l = two\n", Some("one")),
        ("[a]\nk =\n  one,\n  two\n", Some("\none,\ntwo")),
        ("[a]\nk =\n", None),
        ("[a]\nk = 50%% of\n", Some("50% of")),
        ("[a] rest\nk = v\n", Some("v")),
        ("[DEFAULT]\nk = v\n[a]\nl = w\n", Some("v")),
        ("[DEFAULT]\nk = v\n[b]\nl = w\n", None),
        ("[DEFAULT]\nk = v\n[a]\nk = w\n", Some("w")),
        ("[A]\nk = v\n", None),
        ("[b]\nk = v\n[a]\n", None),
        ("", None),
    ] {
        assert_eq!(read(text, "a", "k"), Ok(value.map(str::to_owned)), "{text:?}");
    }
}

#[test]
fn what_python_refuses_is_refused_with_its_place_and_without_its_text() {
    for (text, place) in [
        ("hunter2 = 1\n", "airflow.cfg:1:1: before the first"),
        ("[a]\nk = v\nhunter2\n", "airflow.cfg:3:1: neither"),
        ("[a]\n  = hunter2\n", "airflow.cfg:2:3: neither"),
        ("[a]\n[b]\n[a]\n", "airflow.cfg:3:1: the section `a` is there already"),
        ("[a]\nk = hunter2\nl = 1\nK = hunter2\n", "airflow.cfg:4:1: the key `k` is in this section already"),
        ("[a]\n[]\n", "airflow.cfg:2:1: "),
        ("[a]\nx = 1\nk = hunter2%(x)s\n", "airflow.cfg:3:1: a.k: `%` stands for another value"),
        ("[a]\nk = hunter2%", "airflow.cfg:2:1: a.k: "),
    ] {
        let problem = read(text, "a", "k").unwrap_err();
        assert!(problem.starts_with(place) && !problem.contains("hunter2"), "{text:?}: {problem}");
    }
}

#[test]
fn very_many_keys_and_sections_are_read_in_a_moment() {
    let lines = |line: fn(u32) -> String| (0..200_000).map(line).collect::<String>();
    let began = std::time::Instant::now();
    for text in [lines(|n| format!("[s{n}]\n")), format!("[a]\n{}", lines(|n| format!("k{n}=v\n")))] {
        assert_eq!(read(&text, "a", "k"), Ok(None));
    }
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), lines in "([ \t]*[\\[\\]#;a=:%\u{a0}é]{0,6}\n){0,8}") {
        for text in [text, lines] {
            let _ = read(&text, "a", "a");
        }
    }
}
