//! `portcullis hash-password`

use std::io::{self, BufRead, IsTerminal as _, Read as _, Write as _};

use portcullis::basic::{self, UsersFile};
use zeroize::Zeroizing;

use crate::cli::HashPasswordArgs;
use crate::failure::Failure;

/// Bytes of a line of stdin that are read: more than the longest password and its line ending, so
/// that a longer one is seen to be too long.
const MAX_LINE: u64 = 2048;

/// Prints a line for the users file.
pub(crate) fn run(args: &HashPasswordArgs) -> Result<(), Failure> {
    let line = line(args.name.as_deref()).map_err(Failure::Usage)?;
    writeln!(io::stdout(), "{line}").map_err(|error| Failure::Usage(format!("cannot write to stdout: {error}")))
}

fn line(name: Option<&str>) -> Result<String, String> {
    if let Some(problem) = name.and_then(problem_with_name) {
        return Err(format!("the name {problem}"));
    }
    let stdin = io::stdin();
    let password = if stdin.is_terminal() { ask(name)? } else { first_line(&mut stdin.lock())? };
    let hash = basic::hash_password(&password).map_err(|error| error.to_string())?;
    match name {
        None => Ok(hash),
        Some(name) => users_line(name, &hash),
    }
}

/// Asks on the terminal, twice.
fn ask(name: Option<&str>) -> Result<Zeroizing<String>, String> {
    let prompt = |text: &str| {
        let password =
            rpassword::prompt_password(text).map_err(|error| format!("cannot read the password: {error}"))?;
        Ok::<_, String>(Zeroizing::new(password))
    };
    let password = prompt(&name.map_or("Password: ".to_owned(), |name| format!("Password for {name}: ")))?;
    if *prompt("Again: ")? != *password {
        return Err("the two passwords are not the same".to_owned());
    }
    Ok(password)
}

/// The first line of `input`, without its line ending.
fn first_line(input: &mut impl BufRead) -> Result<Zeroizing<String>, String> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_LINE as usize));
    input
        .take(MAX_LINE)
        .read_until(b'\n', &mut bytes)
        .map_err(|error| format!("cannot read the password from stdin: {error}"))?;
    let line = bytes.strip_suffix(b"\n").map_or(&bytes[..], |line| line.strip_suffix(b"\r").unwrap_or(line));
    match str::from_utf8(line) {
        Ok(line) => Ok(Zeroizing::new(line.to_owned())),
        // Perhaps it is only cut off in the middle of a character.
        Err(_) if bytes.len() as u64 == MAX_LINE => Err(basic::HashPasswordError::TooLong.to_string()),
        Err(_) => Err("the password is not UTF-8".to_owned()),
    }
}

/// What keeps a name out of a users file, as far as it can be said before there is a hash.
fn problem_with_name(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("is empty")
    } else if name.contains(':') {
        Some("contains a colon, which separates name and password")
    } else if name.chars().any(char::is_control) {
        Some("contains a control character")
    } else if name.starts_with('#') {
        Some("begins with `#`, which makes a comment of the line")
    } else if name.trim() != name {
        Some("begins or ends with a blank")
    } else {
        None
    }
}

/// The line, after it was read as it will be read.
pub(crate) fn users_line(name: &str, hash: &str) -> Result<String, String> {
    let line = format!("{name}:{hash}");
    match UsersFile::parse(line.as_bytes()) {
        Ok(file) if file.names().eq([name]) => Ok(line),
        _ => Err("a users file cannot hold this name".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mut input: &[u8]) -> Result<String, String> {
        first_line(&mut input).map(|line| line.to_string())
    }

    #[test]
    fn the_password_is_the_first_line_without_its_ending() {
        for input in ["a b\n", "a b\r\n", "a b", "a b\nsecond\n"] {
            assert_eq!(read(input.as_bytes()).unwrap(), "a b", "{input:?}");
        }
        assert_eq!(read(b"").unwrap(), "");
        assert_eq!(read(b" a \n").unwrap(), " a ", "blanks count");
        assert_eq!(read(b"a\r\r\n").unwrap(), "a\r", "one ending only");
    }

    #[test]
    fn a_long_line_is_not_cut_to_a_good_password() {
        let password = read("\u{e9}".repeat(1025).as_bytes()).unwrap_or_default();
        assert!(password.is_empty() || basic::hash_password(&password).is_err());
        let password = read(&b"x".repeat(5000)).unwrap();
        assert_eq!(basic::hash_password(&password), Err(basic::HashPasswordError::TooLong));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert!(read(b"\xff\n").is_err());
    }

    #[test]
    fn every_name_that_is_not_refused_can_be_read_back() {
        let hash = basic::hash_password("x").unwrap();
        for name in ["alice", "a b", "\u{e9}", "a#b", "$", "alice@corp.test"] {
            assert_eq!(problem_with_name(name), None);
            assert!(users_line(name, &hash).is_ok(), "{name:?}");
        }
        for name in ["", "a:b", "a\nb", "a\u{7f}", "#a", " a", "a ", "\t", "\u{a0}a"] {
            assert!(problem_with_name(name).is_some(), "{name:?}");
        }
        for name in ["#a", "a:b", "\u{feff}a", "a\nb"] {
            assert!(users_line(name, &hash).is_err(), "{name:?}");
        }
    }
}
