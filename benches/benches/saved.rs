//! What a cached request saves: the cheapest verification of a token, and a password's hash.

use argon2::password_hash::PasswordVerifier as _;
use argon2::{Argon2, PasswordHash};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair};
use criterion::{Criterion, criterion_group, criterion_main};

fn saved(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("saved");
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let (message, mut signature) = ([b'x'; 640], [0; 256]);
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut signature).expect("a signature");
    let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref()).expect("its public part");
    group.bench_function("RS256, the signature alone", |bencher| bencher.iter(|| key.verify_sig(&message, &signature)));

    let hash = portcullis::basic::hash_password("correct horse").expect("a hash");
    let hash = PasswordHash::new(&hash).expect("in PHC form");
    group.sample_size(20).bench_function("Argon2id, m=19456 t=2 p=1", |bencher| {
        bencher.iter(|| Argon2::default().verify_password(b"correct horse", &hash));
    });
    group.finish();
}

criterion_group!(benches, saved);
criterion_main!(benches);
