//! Any bytes are a users file, or an error that names one of its lines.

#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use portcullis_basic::UsersFile;

fuzz_target!(|bytes: &[u8]| {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    match UsersFile::parse(bytes) {
        Ok(file) => {
            let names: HashSet<&str> = file.names().collect();
            assert_eq!(names.len(), file.names().len(), "each name once");
            assert!(names.len() <= lines);
            assert!(names.iter().all(|name| !name.is_empty() && !name.contains(':')));
        }
        Err(error) => assert!((1..=lines).contains(&error.line()), "line {} of {lines}", error.line()),
    }
});
