//! Any bytes as what an LDAP server answers, through the whole directory: nothing of ours panics, and whoever gets in has no
//! group whose name was not in an answer.
//!
//! The input is a list of pieces, each behind a byte of [flags](RAW) and two of length.

#![no_main]

use std::panic;
use std::process;
use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use portcullis_core::{Clock, Directory as _, Principal, Standing};
use portcullis_ldap::{DirectoryConfig, Find, GroupsConfig, LdapDirectory};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

/// Of a piece: it is bytes as they are. Otherwise it is what stands behind the number of a message.
const RAW: u8 = 1;
/// Of a piece: the next one answers the same question.
const GOES_ON: u8 = 2;

/// How long the server waits for a question before it closes.
const PATIENCE: Duration = Duration::from_millis(5);
const MAX_GROUPS: usize = 20;

struct World {
    runtime: Runtime,
    listener: TcpListener,
    caller: Principal,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    // The parser of ldap3 panics about some answers, which is caught.
    let abort = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let file = info.location().map_or("", |location| location.file());
        if !file.contains("/ldap3-") && !file.contains("/lber-") {
            abort(info);
            process::abort();
        }
    }));
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
    World { runtime, listener, caller: Principal::builder("alice").build() }
});

fuzz_target!(|input: &[u8]| {
    let Some((&find, input)) = input.split_first() else { return };
    let find = [Find::Member, Find::MemberOf, Find::TokenGroups, Find::InChain][usize::from(find % 4)];
    let World { runtime, listener, caller } = &*WORLD;
    let directory = directory(find, listener);
    let mut sent = Vec::new();
    let standing = runtime.block_on(async {
        tokio::select! {
            standing = directory.look_up(caller) => standing,
            () = serve(listener, input, &mut sent) => unreachable!("it never ends"),
        }
    });
    // An outage is as good as any answer.
    let Ok(standing) = standing else { return };
    match standing {
        Standing::Member(membership) => {
            assert!(membership.groups.len() <= MAX_GROUPS && !membership.replaces);
            // In the name of an entry, any character may be written otherwise (RFC 4514).
            let is_written_otherwise = sent.contains(&b'\\') || sent.contains(&b'#');
            assert!(is_written_otherwise || contains(&sent, b"alice"), "nobody is called so");
            for group in membership.groups.iter() {
                assert!(is_written_otherwise || contains(&sent, group.as_bytes()), "{group}");
                assert!(!group.starts_with("S-1-") && !group.chars().any(char::is_control), "{group:?}");
            }
        }
        Standing::Barred(reason) => assert!(!reason.is_empty()),
        other => panic!("{other:?}"),
    }
});

fn directory(find: Find, listener: &TcpListener) -> LdapDirectory {
    let mut config = DirectoryConfig::default();
    config.urls = vec![format!("ldap://{}", listener.local_addr().expect("an address"))];
    config.timeout = Duration::from_millis(100);
    config.connections = 1;
    config.users.base = "dc=test".to_owned();
    config.users.filter = Some("(uid={name})".to_owned());
    let mut groups = GroupsConfig::default();
    (groups.find, groups.base, groups.max) = (find, "dc=test".to_owned(), MAX_GROUPS);
    groups.depth = if matches!(find, Find::Member | Find::MemberOf) { 2 } else { 0 };
    config.groups = Some(groups);
    LdapDirectory::new(config, "fuzzed", "".as_ref(), Clock::default()).expect("a good section")
}

/// Answers with the pieces, one after the other, on however many connections, and keeps what it has sent.
async fn serve(listener: &TcpListener, mut pieces: &[u8], sent: &mut Vec<u8>) {
    loop {
        let Ok((mut stream, _)) = listener.accept().await else { continue };
        while let Ok(Some(id)) = timeout(PATIENCE, question(&mut stream)).await {
            let answer = answer(&id, &mut pieces);
            sent.extend_from_slice(&answer);
            if answer.is_empty() || stream.write_all(&answer).await.is_err() {
                break;
            }
        }
    }
}

/// The number of the next message, as it stands there.
async fn question(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).await.ok()?;
    let mut length = usize::from(length[1]);
    if length > 0x7f {
        let mut bytes = vec![0; length & 0x7f];
        stream.read_exact(&mut bytes).await.ok()?;
        length = bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    }
    let mut message = vec![0; length];
    stream.read_exact(&mut message).await.ok()?;
    message.get(..2 + usize::from(*message.get(1)?)).map(<[u8]>::to_vec)
}

fn answer(id: &[u8], pieces: &mut &[u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    while let Some((&[flags, high, low], rest)) = pieces.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([high, low])).min(rest.len());
        let (piece, rest) = rest.split_at(length);
        *pieces = rest;
        if flags & RAW == 0 {
            let length = u32::try_from(id.len() + piece.len()).expect("a short one").to_be_bytes();
            answer.extend([&[0x30, 0x84], length.as_slice(), id].concat());
        }
        answer.extend(piece);
        if flags & GOES_ON == 0 {
            break;
        }
    }
    answer
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}
