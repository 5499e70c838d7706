//! Which store should hold the identities: a get among 10,000, and its tail.

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};

const IDENTITIES: u64 = 10_000;

fn key(number: u64) -> [u64; 2] {
    // Digests are random; a cheap permutation of numbers is random enough here.
    [number.wrapping_mul(0x9e37_79b9_7f4a_7c15), !number]
}

fn get(criterion: &mut Criterion) {
    let moka: moka::sync::Cache<[u64; 2], Arc<str>> =
        moka::sync::Cache::builder().max_capacity(100_000).time_to_live(Duration::from_secs(3600)).build();
    let quick: quick_cache::sync::Cache<[u64; 2], Arc<str>> = quick_cache::sync::Cache::new(100_000);
    for number in 0..IDENTITIES {
        moka.insert(key(number), Arc::from("alice"));
        quick.insert(key(number), Arc::from("alice"));
    }
    moka.run_pending_tasks();
    let mut group = criterion.benchmark_group("store");
    let mut number = 0;
    let mut next = || {
        number = (number + 7919) % IDENTITIES;
        key(number)
    };
    group.bench_function("moka, expiring", |bencher| bencher.iter(|| moka.get(&next())));
    group.bench_function("quick_cache", |bencher| bencher.iter(|| quick.get(&next())));
    group.finish();
    tail("moka, expiring", || drop(moka.get(&next())));
    tail("quick_cache", || drop(quick.get(&next())));
}

/// Prints the tail of single gets: a mean hides the housekeeping that a store does on its callers.
fn tail(name: &str, mut get: impl FnMut()) {
    let mut times: Vec<u128> = (0..1_000_000)
        .map(|_| {
            let start = Instant::now();
            get();
            start.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    let at = |share: f64| times[(times.len() as f64 * share) as usize];
    println!("{name}: p50 {} ns, p99 {} ns, p99.9 {} ns", at(0.5), at(0.99), at(0.999));
}

criterion_group!(benches, get);
criterion_main!(benches);
