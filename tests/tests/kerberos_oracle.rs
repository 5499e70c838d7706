//! The same requests to the program and to Apache with mod_auth_gssapi, with the same keytab. Where the
//! two differ, it is written here, and why.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::iter;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_testbed::{Answer, Apache, Forgery, Realm, Socket, Wish, negotiate};

/// What counts of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// Let in under this name.
    In(String, Reply),
    /// 401.
    Asked(Reply),
    /// Another status.
    Other(u16),
}

use Outcome::{Asked, In, Other};
use Reply::{Bare, Nothing, Token};

/// The fields `WWW-Authenticate`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reply {
    Nothing,
    /// `Negotiate` alone.
    Bare,
    /// `Negotiate` and a token.
    Token,
    Strange(Vec<String>),
}

fn outcome(answer: &Answer, name: impl Fn() -> String) -> Outcome {
    let fields = answer.fields_of("www-authenticate");
    let reply = match fields[..] {
        [] => Nothing,
        ["Negotiate"] => Bare,
        [value] if value.strip_prefix("Negotiate ").is_some_and(|token| STANDARD.decode(token).is_ok()) => Token,
        _ => Reply::Strange(fields.into_iter().map(str::to_owned).collect()),
    };
    match answer.status {
        200 => In(name(), reply),
        401 => Asked(reply),
        status => Other(status),
    }
}

/// What a request is, and its field lines.
type Case = (&'static str, Vec<String>);

/// What a request is; what Apache does; what the program does; and why.
type Difference = (&'static str, Outcome, Outcome, &'static str);

const ALICE: &str = "alice@EXAMPLE.TEST";

/// Where the program is meant to differ.
fn intended_differences() -> Vec<Difference> {
    let accepted = |name: &str| In(name.to_owned(), Token);
    let alice = || accepted(ALICE);
    let asked = || Asked(Bare);
    vec![
        ("raw Kerberos", alice(), asked(), "RFC 4559 is of SPNEGO; `raw_krb5` is off by default"),
        ("raw Kerberos without mutual authentication", In(ALICE.to_owned(), Nothing), asked(), "the same"),
        ("a token for another service", Asked(Token), asked(), "it may be for another backend, so nothing ends here"),
        ("something behind it", alice(), asked(), "it is no token68 (RFC 9110, section 11.2)"),
        ("a comma behind it", alice(), asked(), "the same"),
        ("no padding", alice(), asked(), "RFC 4559 says base64 of RFC 2045, which has padding"),
        ("base64url", Asked(Token), asked(), "the same; Apache takes what stands before a wrong letter"),
        ("10 % of a token", Asked(Token), asked(), "what is no token is not shown to the library"),
        ("half a token", Asked(Token), asked(), "the same"),
        ("99 % of a token", Asked(Token), asked(), "the same"),
        ("a token with a byte behind it", Asked(Token), asked(), "the same"),
        ("the same token again", Asked(Token), asked(), "our own replay cache has no token that says so"),
        ("NTLM in SPNEGO", Asked(Token), asked(), "there is nothing to negotiate about"),
        ("SPNEGO of nothing", Asked(Token), asked(), "the same"),
        ("a ticket of another realm", accepted("alice@PARTNER.TEST"), asked(), "`realms` are ours by default"),
        ("an anonymous ticket", accepted("WELLKNOWN/ANONYMOUS@WELLKNOWN:ANONYMOUS"), asked(), "nobody is nobody"),
        ("two fields", alice(), Other(400), "nobody knows which one counts"),
    ]
}

/// What is not a token of this realm's library: base64, made by hand.
const NTLM: &str = "TlRMTVNTUAABAAAAl4II4gAAAAAAAAAAAAAAAAAAAAAKALpHAAAADw==";
const SPNEGO_OF_NTLM: &str = "YDQGBisGAQUFAqAqMCigDjAMBgorBgEEAYI3AgIKohYEFE5UTE1TU1AAAQAAAJeCCOIAAAAA";
const SPNEGO_OF_NTLM_FIRST: &str =
    "YD8GBisGAQUFAqA1MDOgGTAXBgorBgEEAYI3AgIKBgkqhkiG9xIBAgKiFgQUTlRMTVNTUAABAAAAl4II4gAAAAA=";
const SPNEGO_OF_NOTHING: &str = "YBAGBisGAQUFAqAGMASgAjAA";
const SPNEGO_WITHOUT_A_TOKEN: &str = "YBsGBisGAQUFAqARMA+gDTALBgkqhkiG9xIBAgI=";

/// Each with a token of its own.
#[allow(clippy::too_many_lines, reason = "a table")]
fn cases(realm: &Realm) -> Vec<Case> {
    realm.ensure("HTTP/other.example.test");
    let keytab = realm.path("http.keytab");
    let mut alice = realm.tickets("alice").initiator();
    let forged = |forgery: Forgery| realm.forge(&keytab, &forgery).initiator().token().authorization();
    let skewed = realm.tickets("alice");
    skewed.fetch("HTTP/localhost");

    let mut cases: Vec<Case> = vec![("no field", vec![])];
    let mut case = |what, value: String| cases.push((what, vec![format!("Authorization: {value}")]));

    case("a good token", alice.token().authorization());
    case("a good token without mutual authentication", alice.token_as(&Wish::default().one_sided()).authorization());
    case("a good token, bound to some channel", alice.token_as(&Wish::default().bound_to(b"any")).authorization());
    case("raw Kerberos", alice.token_as(&Wish::default().raw()).authorization());
    case(
        "raw Kerberos without mutual authentication",
        alice.token_as(&Wish::default().raw().one_sided()).authorization(),
    );
    let other = Wish::default().service("HTTP@other.example.test");
    case("a token for another service", alice.token_as(&other).authorization());

    case("a lower-case scheme", alice.token().authorization().replace("Negotiate", "negotiate"));
    case("an upper-case scheme", alice.token().authorization().replace("Negotiate", "NEGOTIATE"));
    case("two spaces", alice.token().authorization().replace(' ', "  "));
    case("a tab", alice.token().authorization().replace(' ', "\t"));
    case("a space behind it", alice.token().authorization() + " ");
    case("no space", alice.token().authorization().replace(' ', ""));
    case("something behind it", alice.token().authorization() + " x");
    case("a comma behind it", alice.token().authorization() + ",");
    // Times and sequence numbers are sometimes a byte shorter.
    let padded = iter::repeat_with(|| alice.token().authorization()).find(|value| value.ends_with('=')).unwrap();
    case("no padding", padded.trim_end_matches('=').to_owned());
    let mut base64url = alice.token().authorization();
    let middle = base64url.len() / 2;
    base64url.replace_range(middle..=middle, "-");
    case("base64url", base64url);
    let quoted = alice.token().authorization().replace("Negotiate ", "Negotiate \"") + "\"";
    case("quotes", quoted);
    case("the scheme Kerberos", alice.token().authorization().replace("Negotiate", "Kerberos"));
    case("the scheme Bearer", alice.token().authorization().replace("Negotiate", "Bearer"));

    let mut cut = |share: usize| {
        let bytes = alice.token().bytes;
        negotiate(&bytes[..bytes.len() * share / 100])
    };
    case("1 % of a token", cut(1));
    case("10 % of a token", cut(10));
    case("half a token", cut(50));
    case("99 % of a token", cut(99));
    let mut changed = |at: fn(usize) -> usize| {
        let mut bytes = alice.token().bytes;
        let at = at(bytes.len());
        bytes[at] ^= 0x55;
        negotiate(&bytes)
    };
    case("the first byte is another", changed(|_| 0));
    case("the OID is another", changed(|_| 8));
    case("a byte of the ticket is another", changed(|length| length / 2));
    case("a byte of the authenticator is another", changed(|length| length - 60));
    case("the last byte is another", changed(|length| length - 1));
    case("a token with a byte behind it", negotiate(&[&alice.token().bytes[..], b"x"].concat()));

    case("an empty field", String::new());
    case("an empty token", "Negotiate".to_owned());
    case("an empty token behind a space", "Negotiate ".to_owned());
    case("garbage in base64", negotiate(b"garbage"));
    case("no base64", "Negotiate !!!!".to_owned());
    case("padding alone", "Negotiate ====".to_owned());
    case("zeros", negotiate(&[0; 100]));
    case("NTLM", format!("Negotiate {NTLM}"));
    case("NTLM in SPNEGO", format!("Negotiate {SPNEGO_OF_NTLM}"));
    case("NTLM first in SPNEGO", format!("Negotiate {SPNEGO_OF_NTLM_FIRST}"));
    case("SPNEGO of nothing", format!("Negotiate {SPNEGO_OF_NOTHING}"));
    case("SPNEGO without a token", format!("Negotiate {SPNEGO_WITHOUT_A_TOKEN}"));
    case("the scheme NTLM", format!("NTLM {NTLM}"));
    case("a password", "Basic YWxpY2U6d29uZGVybGFuZA==".to_owned());

    case("an expired ticket", forged(Forgery::default().between(-7200, -600)));
    case("a ticket of tomorrow", forged(Forgery::default().between(80_000, 90_000)));
    case("an invalid ticket", forged(Forgery::default().flags(Forgery::INVALID)));
    case("a ticket by way of a stranger", forged(Forgery::default().from_realm("B.TEST").by_way_of("EVIL.TEST")));
    case("a ticket of another realm", forged(Forgery::default().from_realm("PARTNER.TEST")));
    case("an anonymous ticket", {
        let nobody = Forgery::default().of(&["WELLKNOWN", "ANONYMOUS"]).from_realm("WELLKNOWN:ANONYMOUS");
        forged(nobody.flags(Forgery::ANONYMOUS))
    });
    case("a name of two parts", forged(Forgery::default().of(&["alice", "admin"])));
    case("a name with an at sign", forged(Forgery::default().of(&["alice@EXAMPLE.TEST"])));
    case("a token of 60 KiB", forged(Forgery::default().padded(60 * 1024)));
    case("a wrong clock", skewed.with_clock("+10m").initiator().token().authorization());

    let replayed = alice.token().authorization();
    case("a token for the first time", replayed.clone());
    case("the same token again", replayed);
    let two = alice.tokens(2, &Wish::default());
    cases.push(("two fields", two.iter().map(|token| format!("Authorization: {}", token.authorization())).collect()));
    cases.push(("Proxy-Authorization", vec![format!("Proxy-Authorization: {}", alice.token().authorization())]));
    cases
}

#[test]
fn the_program_does_as_apache_does_but_for_what_is_listed() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("");
    let apache = Apache::start(&realm.config(), &realm.path("http.keytab"));
    let intended = intended_differences();
    let cases = cases(&realm);
    assert!(cases.len() >= 40);
    let mut unlisted = Vec::new();
    for (what, fields) in &cases {
        let fields: Vec<_> = fields.iter().map(String::as_bytes).collect();
        let theirs = Socket::connect(apache.address()).get(&fields);
        let theirs = outcome(&theirs, || theirs.field("x-user").unwrap().to_owned());
        let ours = Socket::connect(program.address()).get(&fields);
        let ours = outcome(&ours, || ours.json()["name"].as_str().unwrap().to_owned());
        let listed = intended.iter().find(|(listed, ..)| listed == what);
        let expected = match listed {
            Some((_, apache, program, why)) => {
                assert!(!why.is_empty() && apache != program, "{what} is no difference");
                (apache, program)
            }
            None => (&theirs, &theirs),
        };
        if (&theirs, &ours) != expected {
            unlisted.push(format!("{what}: Apache {theirs:?}, the program {ours:?}"));
        }
    }
    let forgotten = intended.iter().filter(|(what, ..)| !cases.iter().any(|(case, _)| case == what));
    assert_eq!(forgotten.count(), 0, "a difference is listed that is not tried");
    assert!(unlisted.is_empty(), "{}", unlisted.join("\n"));
}
