//! What a token costs that was never seen: the signature alone beside all that the backend does.

use std::path::Path;
use std::task::{Context, Poll, Waker};

use aws_lc_rs::signature::{
    self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, ParsedPublicKey, RsaKeyPair, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderValue, Request};
use portcullis::oidc::{Oidc, OidcConfig};
use portcullis::{Backend as _, Clock, Credential, Head, Scheme, Source, Verdict};
use portcullis_benches::provider::{AUDIENCE, Provider};
use portcullis_benches::rounds::{Contender, Rounds};
use portcullis_mint::Mint;

const TOKENS: usize = 10;
const ROUNDS: usize = 300;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    println!("{:6} {:>11} {:>11}   whole / alone (four fifths of the rounds)", "", "alone, ns", "whole, ns");
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let provider = Provider::start(algorithm);
        let tokens: Vec<String> = (0..TOKENS).map(|number| provider.token(number)).collect();
        let whole = runtime.block_on(Whole::new(&provider, &tokens));
        let _entered = runtime.enter();
        let mut contenders: [Box<dyn Contender>; 2] = [Box::new(Alone::new(provider.mint(), &tokens)), Box::new(whole)];
        let rounds = Rounds::measure(&mut contenders, ROUNDS);
        let median = |index: usize| rounds.spread(|times| times[index]).median;
        let ratio = rounds.spread(|times| times[1] / times[0]);
        println!("{algorithm:6} {:11.0} {:11.0}   {ratio}", median(0), median(1));
    }
}

/// The signature alone, with a parsed key.
struct Alone {
    key: ParsedPublicKey,
    signed: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Alone {
    fn new(mint: &Mint, tokens: &[String]) -> Self {
        let split = |token: &String| {
            let (message, signature) = token.rsplit_once('.').expect("two dots");
            (message.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(signature).expect("base64url"))
        };
        Self { key: parsed(mint), signed: tokens.iter().map(split).collect() }
    }
}

impl Contender for Alone {
    fn name(&self) -> &str {
        "alone"
    }

    fn run(&mut self) -> usize {
        for (message, signature) in &self.signed {
            self.key.verify_sig(message, signature).expect("a good signature");
        }
        self.signed.len()
    }
}

fn parsed(mint: &Mint) -> ParsedPublicKey {
    let pkcs8 = mint.pkcs8();
    let (algorithm, public): (&'static dyn VerificationAlgorithm, Vec<u8>) = match mint.algorithm() {
        "RS256" => {
            let pair = RsaKeyPair::from_pkcs8(&pkcs8).expect("an RSA key");
            (&signature::RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref().to_vec())
        }
        "ES256" => {
            let signing = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
            let pair = EcdsaKeyPair::from_pkcs8(signing, &pkcs8).expect("a key of P-256");
            (&signature::ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref().to_vec())
        }
        _ => {
            let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).expect("an Ed25519 key");
            (&signature::ED25519, pair.public_key().as_ref().to_vec())
        }
    };
    ParsedPublicKey::new(algorithm, public).expect("a public key")
}

/// The backend: from the credential to the principal.
struct Whole {
    backend: Oidc,
    credentials: Vec<Credential>,
    request: Request<()>,
}

impl Whole {
    /// Has fetched the provider's keys when it is done.
    async fn new(provider: &Provider, tokens: &[String]) -> Self {
        let mut config = OidcConfig::default();
        config.issuer = provider.issuer().to_owned();
        config.audiences = vec![AUDIENCE.to_owned()];
        config.groups_claim = Some("groups".parse().expect("a claim"));
        let backend = Oidc::new(config, "corp", Path::new(""), Clock::default()).expect("a config that is right");
        let credential = |token: &String| {
            let value = HeaderValue::try_from(format!("Bearer {token}")).expect("visible ASCII");
            Credential::parse(value, Source::Header, &[Scheme::BEARER]).expect("a credential")
        };
        let credentials: Vec<_> = tokens.iter().map(credential).collect();
        let request = Request::new(());
        let verdict = backend.authenticate(&credentials[0], Head::from(&request)).await;
        assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
        Self { backend, credentials, request }
    }
}

impl Contender for Whole {
    fn name(&self) -> &str {
        "whole"
    }

    fn run(&mut self) -> usize {
        let mut cx = Context::from_waker(Waker::noop());
        for credential in &self.credentials {
            assert!(self.backend.recognizes(credential));
            match self.backend.authenticate(credential, Head::from(&self.request)).as_mut().poll(&mut cx) {
                Poll::Ready(verdict) => assert!(matches!(verdict, Verdict::Accepted(_))),
                Poll::Pending => panic!("the keys were not there"),
            }
        }
        self.credentials.len()
    }
}
