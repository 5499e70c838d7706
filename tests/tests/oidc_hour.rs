//! A provider that is away for an hour, on a clock that is moved by hand.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{Request, Response};
use portcullis::{Auth, ManualClock};
use portcullis_mint::{Mint, jwks};
use portcullis_testbed::Faults;
use serde_json::json;
use tower::{Layer as _, ServiceExt as _, service_fn};

const MINUTE: Duration = Duration::from_secs(60);

/// A provider that gives out the key of one mint, and the layer that trusts it.
struct Scene {
    faults: Faults,
    mint: Mint,
    clock: ManualClock,
    auth: Auth,
    began: SystemTime,
}

impl Scene {
    async fn new(more: &str) -> Self {
        let (faults, mint, clock) = (Faults::start(), Mint::new("ES256", "a"), ManualClock::new());
        faults.publish("/jwks", &jwks(&[&mint]));
        let (issuer, keys) = (faults.url(""), faults.url("/jwks"));
        let config = format!(
            "[[backend]]\nkind = \"oidc\"\nissuer = \"{issuer}\"\njwks_url = \"{keys}\"\naudiences = [\"orders\"]\n\
             refresh = \"5m\"\nstale_keys = \"30m\"\n[cache]\nttl = \"20m\"\n{more}"
        );
        let auth = Auth::builder().clock(&clock).load_toml(&config).await.unwrap();
        let began = clock.wall();
        Self { faults, mint, clock, auth, began }
    }

    /// A token that outlasts the test.
    fn token(&self, name: &str) -> String {
        let exp = portcullis_mint::now() + 24 * 3600;
        self.mint.sign(&json!({ "iss": self.faults.url(""), "aud": "orders", "sub": name, "exp": exp }))
    }

    /// How far the clock has been moved.
    fn seconds(&self) -> u64 {
        self.clock.wall().duration_since(self.began).unwrap().as_secs()
    }

    async fn status(&self, token: &str) -> u16 {
        let service = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(String::new())));
        let request = Request::builder().header("authorization", format!("Bearer {token}")).body(()).unwrap();
        self.auth.layer().layer(service).oneshot(request).await.unwrap().status().as_u16()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_serves_within_its_bounds_and_then_there_is_503_and_then_the_provider_again() {
    let mut scene = Scene::new("").await;
    let (early, late) = (scene.token("early"), scene.token("late"));
    assert_eq!(scene.status(&early).await, 200);
    scene.faults.stop();

    let mut statuses = Vec::new();
    for minute in 1..=60_u32 {
        scene.clock.advance(MINUTE);
        let fresh = scene.token(&format!("fresh-{minute}"));
        statuses.push((minute, scene.status(&early).await, scene.status(&fresh).await));
        if minute == 29 {
            assert_eq!(scene.status(&late).await, 200, "the last minute of the keys");
        }
    }
    for (minute, known, fresh) in statuses {
        // The keys serve for half an hour. Who was verified at first is verified anew after twenty minutes, and
        // remembered for twenty more.
        assert_eq!(fresh, if minute <= 30 { 200 } else { 503 }, "a new token in minute {minute}");
        assert_eq!(known, if minute < 40 { 200 } else { 503 }, "a known token in minute {minute}");
    }
    assert_eq!(scene.status(&late).await, 503, "remembered from minute 29 to 49");

    scene.faults.start_again();
    let again = async {
        while scene.status(&late).await != 200 {
            scene.clock.advance(Duration::from_secs(1));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(MINUTE, again).await.expect("it comes back by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opaque_token_is_asked_about_again_after_half_a_minute_and_ends_with_its_expiry() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "not so secret").unwrap();
    let faults = Faults::start();
    let clock = ManualClock::new();
    let exp = clock.wall().duration_since(UNIX_EPOCH).unwrap().as_secs() + 80;
    faults.publish("/introspect", &json!({ "active": true, "sub": "alice", "aud": "orders", "exp": exp }));
    let config = format!(
        "[[backend]]\nkind = \"oidc\"\nissuer = \"{}\"\naudiences = [\"orders\"]\nleeway = \"0s\"\n[backend.introspection]\n\
         url = \"{}\"\nclient_id = \"orders\"\nclient_secret = {{ file = \"{}\" }}\n",
        faults.url(""),
        faults.url("/introspect"),
        secret.path().display(),
    );
    let auth = Auth::builder().clock(&clock).load_toml(&config).await.unwrap();
    let began = clock.wall();
    let scene = Scene { faults, mint: Mint::new("ES256", "a"), clock, auth, began };

    for (second, asked, status) in [(0, 1, 200), (29, 1, 200), (31, 2, 200), (60, 2, 200), (62, 3, 200), (85, 4, 401)] {
        // Whoever comes while an answer is landing gets that one, and by the hand-moved clock it would be old.
        while scene.auth.counters().under_way > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        scene.clock.advance(Duration::from_secs(second - scene.seconds()));
        assert_eq!(scene.status("opaque").await, status, "after {second} s");
        assert_eq!(scene.faults.count("/introspect"), asked, "after {second} s");
    }
    scene.faults.publish("/introspect", &json!({ "active": false }));
    assert_eq!(scene.status("another").await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_key_takes_those_along_who_were_remembered_under_it() {
    let scene = Scene::new("").await;
    let (old, other) = (scene.token("alice"), Mint::new("ES256", "b"));
    let claims = json!({
        "iss": scene.faults.url(""), "aud": "orders", "sub": "bob", "exp": portcullis_mint::now() + 3600,
    });
    let new = other.sign(&claims);
    assert_eq!(scene.status(&old).await, 200);
    scene.faults.publish("/jwks", &jwks(&[&scene.mint, &other]));
    assert_eq!(scene.status(&new).await, 200, "a new key is found at once");

    scene.faults.publish("/jwks", &jwks(&[&other]));
    assert_eq!((scene.status(&old).await, scene.status(&new).await), (200, 200), "nobody has looked yet");
    scene.clock.advance(6 * MINUTE);
    // A token that is not remembered has the keys refreshed, behind the scenes.
    let gone = async {
        let mut number = 0;
        while scene.status(&old).await != 401 {
            number += 1;
            let _ = scene.status(&scene.token(&number.to_string())).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(MINUTE, gone).await.expect("the key is withdrawn, and its identities with it");
    assert_eq!(scene.status(&new).await, 200);
}
