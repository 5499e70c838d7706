//! What ends by itself: `check`, `hash-password`, and `serve` where it cannot.

use std::net::TcpListener;

use crate::program::{BASIC, Ended, directory, run, write};

fn check(config: &str) -> Ended {
    let directory = directory(config);
    run(&["check", &directory.path().join("config.toml").display().to_string()], b"")
}

fn serve(config: &str, extra: &[&str]) -> Ended {
    let directory = directory(config);
    let file = directory.path().join("config.toml").display().to_string();
    run(&[&["serve", "--config", &file], extra].concat(), b"")
}

#[test]
fn a_good_file_is_said_in_plain_words() {
    let checked = check(&format!("{BASIC}[[backend]]\nkind = 'anonymous'\n"));
    assert_eq!((checked.code, checked.stderr.as_str()), (0, ""));
    for words in ["1. basic (Basic)", "gets in as anonymous", "listens on http://127.0.0.1:8080, in plain text"] {
        assert!(checked.stdout.contains(words), "{words}: {}", checked.stdout);
    }
}

#[test]
fn a_bad_file_is_told_with_its_lines() {
    let checked = check("[cache]\nttl = 300\n[[backend]]\nkind = 'basik'\n");
    assert_eq!((checked.code, checked.stdout.as_str()), (2, ""));
    assert!(checked.stderr.contains("config.toml:2:1: cache.ttl: "), "{}", checked.stderr);
    let checked = check("[[backend]]\nkind = 'basic'\nusers_file = 'away'\n");
    assert_eq!(checked.code, 2);
    assert!(checked.stderr.contains("config.toml:3:1: backend[0].users_file: "), "{}", checked.stderr);
    let missing = run(&["check", "no-such-file.toml"], b"");
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("no-such-file.toml"), "{}", missing.stderr);
}

#[test]
fn check_and_serve_refuse_the_same_file() {
    let elsewhere = format!("{BASIC}[serve]\nlisten = '0.0.0.0:0'\n");
    let no_certificate = format!("{BASIC}[serve]\ntls = {{ cert = 'away', key = 'away' }}\n");
    for (config, words) in [
        (elsewhere.as_str(), "plain_text = true"),
        (no_certificate.as_str(), "away"),
        ("backend = 1\n", "config.toml:1:"),
        ("[[backend]]\nkind = 'basic'\nusers_file = 'away'\n", "config.toml:3:1: backend[0].users_file: "),
    ] {
        for refused in [check(config), serve(config, &[])] {
            assert_eq!(refused.code, 2, "{config}");
            assert!(refused.stderr.contains(words), "{config}: {}", refused.stderr);
        }
    }
}

#[test]
fn plain_text_beyond_the_machine_is_refused_from_the_command_line_too() {
    let refused = serve(BASIC, &["--listen", "0.0.0.0:0"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    assert!(refused.stderr.contains("--tls-cert"), "{}", refused.stderr);
}

#[test]
fn an_address_that_is_taken_is_a_failure_at_run_time() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let failed = serve(BASIC, &["--listen", &taken.local_addr().unwrap().to_string()]);
    assert_eq!((failed.code, failed.stdout.as_str()), (1, ""));
    assert!(failed.stderr.contains("cannot listen on"), "{}", failed.stderr);
}

#[test]
fn a_hash_is_a_line_of_a_users_file_or_alone() {
    let line = run(&["hash-password", "alice"], b"wonderland\n");
    assert_eq!((line.code, line.stderr.as_str()), (0, ""));
    assert!(line.stdout.starts_with("alice:$argon2id$") && line.stdout.ends_with('\n'), "{}", line.stdout);
    assert_eq!(line.stdout.lines().count(), 1);
    let alone = run(&["hash-password"], b"wonderland");
    assert!(alone.stdout.starts_with("$argon2id$"), "{}", alone.stdout);

    let directory = directory(BASIC);
    write(directory.path(), "users", &line.stdout);
    let checked = run(&["check", &directory.path().join("config.toml").display().to_string()], b"");
    assert_eq!(checked.code, 0, "{}", checked.stderr);
}

#[test]
fn what_nobody_could_log_in_with_is_refused_and_not_repeated() {
    let too_long = "x".repeat(1025);
    for (name, password) in [
        ("alice", ""),
        ("alice", "\n"),
        ("alice", "sec\tret\n"),
        ("alice", "sec\0ret"),
        ("alice", too_long.as_str()),
        ("a:b", "secret"),
        ("a\nb", "secret"),
        ("", "secret"),
        ("#a", "secret"),
    ] {
        let refused = run(&["hash-password", name], password.as_bytes());
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{name:?} {password:?}");
        assert!(refused.stderr.starts_with("error: "), "{}", refused.stderr);
        assert!(!refused.stderr.contains("sec") && !refused.stderr.contains("xxx"), "{}", refused.stderr);
    }
    assert_eq!(run(&["hash-password", "alice"], &[b'x'; 1024]).code, 0);
}

#[test]
fn a_wrong_command_line_is_told() {
    for args in [&["serve"][..], &["frob"], &["serve", "--config", "c", "--listen", "nowhere"], &["check"], &[]] {
        let told = run(args, b"");
        assert_eq!(told.code, 2, "{args:?}");
        assert!(told.stderr.contains("--help"), "{args:?}: {}", told.stderr);
    }
    assert_eq!(run(&["--version"], b"").stdout, concat!("portcullis ", env!("CARGO_PKG_VERSION"), "\n"));
    let manual = run(&["serve", "--help"], b"").stdout;
    for words in ["CONNECT", "501", "10,000 connections", "SIGHUP"] {
        assert!(manual.contains(words), "{words}: {manual}");
    }
    for command in ["serve", "check", "explain", "hash-password", "import"] {
        assert_eq!(run(&[command, "--help"], b"").code, 0);
    }
}

#[test]
fn a_log_filter_that_is_none_is_told() {
    let directory = directory(BASIC);
    let file = directory.path().join("config.toml");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .env("PORTCULLIS_LOG", "a=b=c")
        .args(["serve", "--listen", "0.0.0.0:0", "--config"])
        .arg(file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("PORTCULLIS_LOG"), "{stderr}");
}
