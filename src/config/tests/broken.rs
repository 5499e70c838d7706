//! Broken files, each with all that is said about it: `NN-name.toml` and `NN-name.err` in the
//! folder `broken`. A first line `# only with: feature, feature` or `# only without: feature` restricts a
//! file to some builds. `BLESS=1` writes the `.err` files anew; read them afterwards.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config/broken")
}

fn with_extension(extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == extension)).collect();
    paths.sort();
    paths
}

fn said_about(path: &Path) -> String {
    let Err(error) = assemble(Config::from_path(path)) else {
        panic!("{} is in order", path.display());
    };
    let directory = format!("{}/", folder().display());
    format!("{error}\n").replace(&directory, "")
}

fn is_for_this_build(path: &Path) -> bool {
    let bytes = fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let has = |feature| match feature {
        "basic" => cfg!(feature = "basic"),
        "kerberos" => cfg!(feature = "kerberos"),
        "kubernetes" => cfg!(feature = "kubernetes"),
        "ldap" => cfg!(feature = "ldap"),
        "oidc" => cfg!(feature = "oidc"),
        "webhook" => cfg!(feature = "webhook"),
        _ => panic!("{}: which feature is {feature}?", path.display()),
    };
    let first = text.lines().next().unwrap_or_default();
    match (first.strip_prefix("# only with: "), first.strip_prefix("# only without: ")) {
        (Some(features), _) => features.split(", ").all(has),
        (_, Some(feature)) => !has(feature),
        _ => true,
    }
}

#[test]
fn every_broken_file_says_what_its_err_file_says() {
    let mut wrong = Vec::new();
    for path in with_extension("toml").into_iter().filter(|path| is_for_this_build(path)) {
        let said = said_about(&path);
        let err = path.with_extension("err");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&err, &said).unwrap();
        } else if fs::read_to_string(&err).ok().as_ref() != Some(&said) {
            wrong.push(format!("{}:\n{said}", err.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_are_many_broken_files_and_each_has_its_err_file() {
    let (toml, err) = (with_extension("toml"), with_extension("err"));
    assert!(toml.len() >= 35, "{}", toml.len());
    assert_eq!(toml.iter().map(|path| path.with_extension("err")).collect::<Vec<_>>(), err);
}

/// `hunter2` and `4711` are the secrets of these files.
#[test]
fn nothing_that_is_said_holds_a_value() {
    for path in with_extension("err") {
        let said = fs::read_to_string(&path).unwrap();
        assert!(!said.contains("hunter2") && !said.contains("4711"), "{}: {said}", path.display());
    }
}

#[test]
fn a_missing_file_is_an_error_with_its_path() {
    let error = Config::from_path("no/such/portcullis.toml").unwrap_err().to_string();
    assert!(error.starts_with("no/such/portcullis.toml: cannot be read: "), "{error}");
    assert_eq!(error.lines().count(), 1);
}

#[test]
fn a_directory_is_no_file() {
    let error = Config::from_path(folder()).unwrap_err();
    assert_eq!(error.problems().len(), 1);
    assert!(error.to_string().contains(": cannot be read: "), "{error}");
}

#[test]
fn a_file_without_end_is_too_large() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("large.toml");
    fs::write(&path, "#".repeat((1 << 20) + 1)).unwrap();
    let error = Config::from_path(&path).unwrap_err().to_string();
    assert!(error.ends_with("large.toml: is larger than 1048576 bytes"), "{error}");
    fs::write(&path, "#".repeat(1 << 20)).unwrap();
    assert!(Config::from_path(&path).is_ok());
}
