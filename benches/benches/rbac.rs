//! What a check costs, among few rules and among many; and what it costs to compile them.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use portcullis::config::Config;
use portcullis_benches::policy::{caller, file, policy, requests};

const SIZES: [usize; 2] = [100, 10_000];

fn check(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("check");
    for rules in SIZES {
        let (policy, caller) = (policy(rules), caller(rules));
        let grants = policy.grants_of(&caller);
        for (name, is_allowed, texts) in requests(rules) {
            assert!(
                texts.iter().all(|texts| policy.decide(&grants, &texts.action()).is_some() == is_allowed),
                "{name}"
            );
            let mut next = texts.iter().cycle();
            group.bench_function(BenchmarkId::new(name, rules), |bencher| {
                bencher.iter(|| {
                    let texts = next.next().expect("it begins again");
                    policy.decide(&grants, &black_box(texts).action()).is_some()
                });
            });
        }
        let (name, _, texts) = requests(rules).swap_remove(0);
        let mut next = texts.iter().cycle();
        group.bench_function(BenchmarkId::new(format!("{name}, roles not kept"), rules), |bencher| {
            bencher.iter(|| {
                let texts = next.next().expect("it begins again");
                policy.decide_for(black_box(&caller), &texts.action()).is_some()
            });
        });
        group.bench_function(BenchmarkId::new("find the roles", rules), |bencher| {
            bencher.iter(|| policy.grants_of(black_box(&caller)));
        });
    }
    group.finish();
}

fn compile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("policy of a file");
    group.sample_size(10);
    for rules in SIZES {
        let file = file(rules);
        group.bench_with_input(BenchmarkId::new("compile", rules), &file, |bencher, file| {
            bencher.iter(|| Config::from_toml(file).expect("the file is in order"));
        });
    }
    group.finish();
}

criterion_group!(benches, check, compile);
criterion_main!(benches);
