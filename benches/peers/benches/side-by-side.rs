//! What a request with a 900-byte RS256 token costs behind each layer, and in proportion to
//! Portcullis once it remembers the token.

use portcullis_benches::provider::Provider;
use portcullis_benches::rounds::Rounds;
use portcullis_peers::{BARE, FIRST_PEER, NEW, ONE_REMEMBERED, REMEMBERED, contenders, credentials, runtime};

const IDENTITIES: usize = 10_000;
const ROUNDS: usize = 300;

fn main() {
    let (runtime, provider) = (runtime(), Provider::start("RS256"));
    let credentials = credentials(&provider, IDENTITIES);
    let mut contenders = contenders(&runtime, &provider, &credentials);
    let rounds = Rounds::measure(&mut contenders, ROUNDS);
    let above = |index: usize| move |times: &[f64]| times[index] - times[BARE];
    println!("{:38} {:>7}   above bare (four fifths of the rounds)", "", "ns");
    for (index, contender) in contenders.iter().enumerate() {
        let (all, above) = (rounds.spread(|times| times[index]).median, rounds.spread(above(index)));
        println!("{:38} {all:7.0}   {above:.0}", contender.name());
    }
    let cheapest = |times: &[f64]| (FIRST_PEER..times.len()).map(|peer| above(peer)(times)).fold(f64::MAX, f64::min);
    println!("\nthe cheapest peer costs so many times as much above bare:");
    for index in [REMEMBERED, ONE_REMEMBERED, NEW] {
        let ratio = rounds.spread(|times| cheapest(times) / above(index)(times));
        println!("{:38} {ratio:.2}", contenders[index].name());
    }
}
