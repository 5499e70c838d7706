//! Runs one of the contenders many times, for callgrind to count instructions:
//! `one-peer INDEX RUNS`, and `one-peer` lists them.

#![forbid(unsafe_code)]

use portcullis_benches::provider::Provider;
use portcullis_benches::rounds::Contender;
use portcullis_peers::{contenders, credentials, runtime};

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<usize>().expect("a number"));
    let (runtime, provider) = (runtime(), Provider::start("RS256"));
    let credentials = credentials(&provider, 100);
    let mut contenders = contenders(&runtime, &provider, &credentials);
    let Some(index) = arguments.next() else {
        contenders.iter().for_each(|contender| println!("{}", contender.name()));
        return;
    };
    for _ in 0..arguments.next().unwrap_or(1) {
        contenders[index].prepare();
        counted(&mut *contenders[index]);
    }
}

/// What callgrind counts: it looks for this name.
#[inline(never)]
fn counted(contender: &mut dyn Contender) {
    contender.run();
}
