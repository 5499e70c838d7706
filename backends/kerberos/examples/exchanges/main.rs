//! Exchanges by the thousand, good and bad, between MIT's initiator and the backend, for valgrind to
//! watch:
//!
//!     backends/kerberos/examples/exchanges/under-valgrind 100000
//!
//! It takes no KDC: the tickets beside this file last until November 2037, and the service that they are for
//! is nowhere.

#![forbid(unsafe_code)]

mod acceptor;
mod initiator;

use std::collections::BTreeMap;

use portcullis_core::{Principal, Verdict};

use crate::acceptor::{Acceptor, Channel};
use crate::initiator::Initiator;

const SERVICE: &str = "HTTP@localhost";
const OTHER_SERVICE: &str = "HTTP@other.example.test";
/// The tickets for these two have a PAC, made with the service's own key.
const OF_GROUPS: &str = "HTTP@groups.example.test";
const OF_A_TAMPERED_PAC: &str = "HTTP@tampered.example.test";
const ALICE: &str = "alice@EXAMPLE.TEST";

/// What the client does, and the service should see through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Good,
    /// Over TLS, with the bindings of the connection.
    Bound,
    /// Over TLS, without bindings.
    Unbound,
    /// Over TLS, with the bindings of another connection.
    BoundElsewhere,
    /// Once more what was accepted just now.
    Replayed,
    /// One bit of it is another.
    Mutated,
    CutShort,
    /// A ticket for somebody else.
    OtherService,
    /// A ticket with groups.
    Groups,
    /// A ticket whose groups were changed.
    TamperedPac,
}

/// One round. Half of it is good.
const KINDS: [Kind; 12] = [
    Kind::Good,
    Kind::Bound,
    Kind::BoundElsewhere,
    Kind::Good,
    Kind::Replayed,
    Kind::Mutated,
    Kind::Unbound,
    Kind::CutShort,
    Kind::Bound,
    Kind::OtherService,
    Kind::Groups,
    Kind::TamperedPac,
];

fn main() {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok());
    let count: usize = count.expect("an argument: how many exchanges");
    let (initiator, acceptor) = (Initiator::new(), Acceptor::new());
    let mut outcomes = BTreeMap::new();
    for number in 0..count {
        let kind = KINDS[number % KINDS.len()];
        let outcome = exchange(&initiator, &acceptor, kind, number / KINDS.len());
        *outcomes.entry((kind, outcome)).or_insert(0) += 1;
    }
    acceptor.close();
    for ((kind, outcome), times) in outcomes {
        println!("{times:>8} {kind:?}: {outcome}");
    }
}

/// What became of it, in a word.
///
/// # Panics
///
/// If that is not as it should be.
fn exchange(initiator: &Initiator, acceptor: &Acceptor, kind: Kind, round: usize) -> &'static str {
    let service = match kind {
        Kind::OtherService => OTHER_SERVICE,
        Kind::Groups => OF_GROUPS,
        Kind::TamperedPac => OF_A_TAMPERED_PAC,
        _ => SERVICE,
    };
    let bindings = match kind {
        Kind::Bound => Some(acceptor.bindings()),
        Kind::BoundElsewhere => Some(&b"tls-server-end-point:elsewhere"[..]),
        _ => None,
    };
    let channel = match kind {
        Kind::Bound | Kind::BoundElsewhere | Kind::Unbound => Channel::Tls,
        _ => Channel::Plain,
    };
    let (context, token) = initiator.begin(service, bindings);
    match kind {
        Kind::Good | Kind::Bound | Kind::Unbound | Kind::Groups => {
            let (principal, reply) = accepted(acceptor.answer(&token, channel));
            let groups = if kind == Kind::Groups { 5 } else { 0 };
            assert_eq!((principal.name(), principal.groups().len()), (ALICE, groups));
            context.finish(&reply.expect("the service proves who it is"));
            "accepted"
        }
        Kind::TamperedPac => refused(&acceptor.answer(&token, channel), "PAC"),
        Kind::Replayed => {
            assert_eq!(accepted(acceptor.answer(&token, channel)).0.name(), ALICE);
            refused(&acceptor.answer(&token, channel), "replay")
        }
        Kind::BoundElsewhere => refused(&acceptor.answer(&token, channel), "channel bindings"),
        Kind::CutShort => refused(&acceptor.answer(&token[..round % token.len()], channel), ""),
        Kind::Mutated => mutated(acceptor, token, round),
        Kind::OtherService => match acceptor.answer(&token, channel) {
            Verdict::NotMine(_) => "left to others",
            other => panic!("{other:?}"),
        },
    }
}

/// Each bit of a token has its turn. What neither key covers may be anything: then it is still alice.
fn mutated(acceptor: &Acceptor, mut token: Vec<u8>, round: usize) -> &'static str {
    let bit = round % (token.len() * 8);
    token[bit / 8] ^= 1 << (bit % 8);
    match acceptor.answer(&token, Channel::Plain) {
        Verdict::Refused(_) => "refused",
        Verdict::NotMine(_) => "left to others",
        Verdict::Unavailable(why) => panic!("bit {bit} is no outage: {why:?}"),
        verdict => {
            assert_eq!(accepted(verdict).0.name(), ALICE);
            "accepted"
        }
    }
}

fn accepted(verdict: Verdict) -> (Principal, Option<Vec<u8>>) {
    match verdict {
        Verdict::Accepted(accepted) => (accepted.principal, acceptor::token_of(accepted.reply)),
        other => panic!("{other:?}"),
    }
}

fn refused(verdict: &Verdict, why: &str) -> &'static str {
    match verdict {
        Verdict::Refused(refusal) if refusal.reason.starts_with(why) => "refused",
        other => panic!("{other:?}"),
    }
}
