//! Which digest a credential should have: the candidates for short and long credentials.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use highway::{HighwayHash as _, HighwayHasher, Key};

fn digest(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("digest");
    let hmac = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &[7; 32]);
    for length in [60, 900] {
        let token = vec![b'x'; length];
        group.bench_with_input(BenchmarkId::new("HighwayHash-128", length), &token, |bencher, token| {
            bencher.iter(|| HighwayHasher::new(Key([1, 2, 3, 4])).hash128(token));
        });
        group.bench_with_input(BenchmarkId::new("BLAKE3 keyed", length), &token, |bencher, token| {
            bencher.iter(|| blake3::keyed_hash(&[7; 32], token));
        });
        group.bench_with_input(BenchmarkId::new("HMAC-SHA-256", length), &token, |bencher, token| {
            bencher.iter(|| aws_lc_rs::hmac::sign(&hmac, token));
        });
    }
    group.finish();
}

criterion_group!(benches, digest);
criterion_main!(benches);
