//! Tokens of a certified OpenID provider, npm's `oidc-provider`, and the `portcullis` program.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{Request, Version};
use portcullis_testbed::{Access, Answer, OldKeys, Program, Provider, Site, Wire, decoded};
use serde_json::json;

fn orders() -> Access {
    Access::to("orders")
}

/// The program, with the provider's tokens as the only credentials.
fn serve(provider: &Provider) -> Program {
    Site::new(&provider.backend()).serve_here()
}

fn assert_is_401(answer: &Answer) {
    assert_eq!(answer.status, 401, "{answer:?}");
    let challenge = answer.field("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer realm=") && challenge.contains("error=\"invalid_token\""), "{challenge}");
}

#[test]
fn a_client_is_let_in_with_either_algorithm() {
    let provider = Provider::start();
    let program = serve(&provider);
    for algorithm in ["RS256", "ES256"] {
        let token = provider.client_token(&orders().signed_with(algorithm));
        let (header, claims) = decoded(&token);
        assert_eq!(header["alg"], algorithm);
        let who = program.bearer(&token).json();
        assert_eq!((&who["name"], &who["issuer"]), (&json!("worker"), &json!(provider.issuer())));
        assert_eq!((&who["groups"], &who["scopes"]), (&json!(["workers"]), &json!(["read"])));
        let expires_at = humantime::parse_rfc3339(who["expires_at"].as_str().unwrap()).unwrap();
        assert_eq!(expires_at.duration_since(UNIX_EPOCH).unwrap().as_secs(), claims["exp"].as_u64().unwrap());
    }
}

#[test]
fn a_user_who_logged_in_is_let_in_with_the_access_token_and_not_with_the_id_token() {
    let provider = Provider::start();
    let program = serve(&provider);
    for (user, groups) in [("alice", json!(["admins", "devs"])), ("bob", json!(["devs"]))] {
        let logged_in = provider.log_in(user, &orders());
        let who = program.bearer(&logged_in.access_token).json();
        assert_eq!((&who["name"], &who["groups"]), (&json!(user), &groups));
        assert_is_401(&program.bearer(&logged_in.id_token));
    }
}

#[test]
fn an_id_token_is_taken_only_if_the_file_says_so() {
    let provider = Provider::start();
    // Its audience is the app.
    let config = provider.backend().replace("orders", "app");
    let strict = Site::new(&config).serve_here();
    let lax = Site::new(&format!("{config}accept_id_tokens = true\n")).serve_here();
    let id_token = provider.log_in("alice", &orders()).id_token;
    assert_eq!(decoded(&id_token).1["aud"], "app");
    assert_is_401(&strict.bearer(&id_token));
    assert_eq!(lax.bearer(&id_token).json()["name"], "alice");
}

#[test]
fn a_token_for_somebody_else_is_refused() {
    let provider = Provider::start();
    let program = serve(&provider);
    assert_eq!(program.bearer(&provider.client_token(&orders())).status, 200);
    for audience in ["invoices", "orders2", "Orders"] {
        assert_is_401(&program.bearer(&provider.client_token(&Access::to(audience))));
    }
    assert_is_401(&program.bearer(&provider.log_in("alice", &Access::to("invoices")).access_token));
    let grpc = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let token = provider.client_token(&Access::to("invoices"));
        let request = Request::post("http://localhost/portcullis.whoami.v1.WhoAmI/Get")
            .version(Version::HTTP_2)
            .header("content-type", "application/grpc")
            .header("authorization", format!("Bearer {token}"));
        Wire::connect(program.address()).await.send(request.body(Bytes::new()).unwrap()).await.head
    });
    assert_eq!((grpc.status.as_u16(), &grpc.headers["grpc-status"]), (200, &"16".parse().unwrap()));
    assert!(grpc.headers["www-authenticate"].to_str().unwrap().contains("invalid_token"));
}

#[test]
fn a_token_is_refused_as_soon_as_it_has_expired_though_its_bearer_is_known() {
    let provider = Provider::start();
    let program = Site::new(&format!("{}leeway = \"0s\"\n", provider.backend())).serve_here();
    // It must be good for as long as the first request takes, which is hard to say on a busy machine.
    let token = [6, 12, 24, 48].iter().find_map(|&seconds| {
        let token = provider.client_token(&orders().lasting(Duration::from_secs(seconds)));
        (program.bearer(&token).status == 200).then_some(token)
    });
    let token = token.expect("one is good");
    assert_is_401(&program.bearer_until(&token, 401));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!(now >= decoded(&token).1["exp"].as_u64().unwrap(), "not before");
    assert_eq!(program.bearer(&provider.client_token(&orders())).status, 200);
}

#[test]
fn new_keys_are_found_by_themselves_and_withdrawn_ones_no_longer_count() {
    let provider = Provider::start();
    let program = Site::new(&format!("{}cool_down = \"1s\"\n", provider.backend())).serve_here();
    let first = provider.client_token(&orders());
    let alice = provider.log_in("alice", &orders()).access_token;
    assert_eq!((program.bearer(&first).status, program.bearer(&alice).status), (200, 200));

    provider.rotate(OldKeys::Kept);
    let second = provider.client_token(&orders());
    assert_ne!(decoded(&first).0["kid"], decoded(&second).0["kid"]);
    assert_eq!(program.bearer(&second).status, 200, "at once: it is the first token with an unknown key");
    assert_eq!(program.bearer(&first).status, 200, "its key is still published");

    provider.rotate(OldKeys::Dropped);
    let third = provider.client_token(&orders().signed_with("ES256"));
    // After the cool-down.
    program.bearer_until(&third, 200);
    for withdrawn in [&first, &alice, &second] {
        assert_is_401(&program.bearer(withdrawn));
    }
}

#[test]
fn a_withdrawn_key_no_longer_counts_though_nobody_asks_for_another() {
    let provider = Provider::start();
    let program = Site::new(&format!("{}refresh = \"1s\"\n", provider.backend())).serve_here();
    let token = provider.client_token(&orders());
    assert_eq!(program.bearer(&token).status, 200);
    provider.rotate(OldKeys::Dropped);
    assert_is_401(&program.bearer_until(&token, 401));
}

#[test]
fn without_the_provider_its_keys_count_for_a_while_and_not_for_ever() {
    let mut provider = Provider::start();
    let keys = "refresh = \"1s\"\nstale_keys = \"6s\"\n";
    let program = Site::new(&(provider.backend() + keys)).serve_here();
    assert_eq!(program.bearer(&provider.client_token(&orders())).status, 200);
    // Of those who come for the first time: who is known already is not verified again.
    let mut tokens: Vec<_> = (0..100).map(|_| provider.client_token(&orders())).collect();
    provider.stop();
    let began = Instant::now();
    assert_eq!(program.bearer(&tokens.pop().unwrap()).status, 200);
    while program.bearer(&tokens.pop().unwrap()).status == 200 {
        std::thread::sleep(Duration::from_millis(500));
    }
    assert!(began.elapsed() > Duration::from_secs(3), "the last fetch was a second before, or a few");
    let token = tokens.pop().unwrap();
    assert_eq!(program.bearer(&token).status, 503);
    provider.start_again();
    program.bearer_until(&token, 200);
}

#[test]
fn while_the_provider_is_away_its_tokens_still_count() {
    let mut provider = Provider::start();
    let program = serve(&provider);
    let known = provider.client_token(&orders());
    assert_eq!(program.bearer(&known).status, 200);
    let (new, of_alice) = (provider.client_token(&orders()), provider.log_in("alice", &orders()).access_token);
    provider.stop();
    for token in [&known, &new, &of_alice] {
        assert_eq!(program.bearer(token).status, 200);
    }
    provider.start_again();
    assert_eq!(program.bearer(&provider.client_token(&orders())).status, 200);
    provider.rotate(OldKeys::Kept);
    program.bearer_until(&provider.client_token(&orders()), 200);
}

#[test]
fn the_program_starts_without_the_provider_and_asks_its_callers_to_come_again() {
    let mut provider = Provider::start();
    let token = provider.client_token(&orders());
    provider.stop();
    let basic = "[[backend]]\nkind = \"basic\"\nusers_file = \"users.htpasswd\"\n";
    let program = Site::new(&(provider.backend() + basic)).serve_here();
    let answer = program.bearer(&token);
    assert_eq!((answer.status, &answer.json()["code"]), (503, &json!(14)));
    assert!(answer.field("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    assert!(answer.field("www-authenticate").is_none(), "another token would not help");
    let alice = portcullis_testbed::curl(&["-u", "alice:wonderland", &program.url("/")]);
    assert_eq!(alice.json()["backend"], "basic", "others are served");

    provider.start_again();
    assert_eq!(program.bearer_until(&token, 200).json()["name"], "worker");
}
