//! What a request with a 900-byte RS256 token costs behind each layer, and in proportion to
//! Portcullis once it remembers the token.

use portcullis_benches::provider::Provider;
use portcullis_benches::rounds::Rounds;
use portcullis_peers::{BARE, FIRST_PEER, NEW, REMEMBERED, contenders, credentials, runtime};

const IDENTITIES: usize = 10_000;
const ROUNDS: usize = 300;

fn main() {
    let (runtime, provider) = (runtime(), Provider::start("RS256"));
    let credentials = credentials(&provider, IDENTITIES);
    let mut contenders = contenders(&runtime, &provider, &credentials);
    let rounds = Rounds::measure(&mut contenders, ROUNDS);
    let above = |index: usize| move |times: &[f64]| times[index] - times[BARE];
    println!("{:38} {:>9}   above bare, ns (four fifths of the rounds)   to Portcullis, remembered", "", "ns");
    for (index, contender) in contenders.iter().enumerate() {
        let median = rounds.spread(|times| times[index]).median;
        print!("{:38} {median:9.0}", contender.name());
        if index != BARE {
            let ratio = rounds.spread(|times| above(index)(times) / above(REMEMBERED)(times));
            print!("   {:43} {ratio:.1}", format!("{:.0}", rounds.spread(above(index))));
        }
        println!();
    }
    let cheapest = |times: &[f64]| (FIRST_PEER..times.len()).map(|peer| above(peer)(times)).fold(f64::MAX, f64::min);
    let ratio = rounds.spread(|times| cheapest(times) / above(REMEMBERED)(times));
    println!("remembered: 1/{ratio:.1} of the cheapest peer");
    let ratio = rounds.spread(|times| above(NEW)(times) / cheapest(times));
    println!("each token new: {ratio:.2} of the cheapest peer");
}
