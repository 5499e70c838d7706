//! What a cached request costs, beside the bare service and tower-http's pass-through layer.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use http::HeaderValue;
use portcullis_benches::{Bare, Body, call, credential, portcullis, request, tower_http};

const IDENTITIES: usize = 10_000;

fn cached_request(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let basic: Vec<_> = (0..IDENTITIES).map(|number| credential("Basic", 60, number)).collect();
    let bearer: Vec<_> = (0..IDENTITIES).map(|number| credential("Bearer", 900, number)).collect();
    let mut group = criterion.benchmark_group("request");
    let mut bench = |name: &str, credentials: &[HeaderValue], call: &mut dyn FnMut(http::Request<Body>)| {
        let mut next = (0..credentials.len()).cycle().step_by(7919);
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || request(&credentials[next.next().unwrap_or_default()]),
                &mut *call,
                BatchSize::NumIterations(50),
            );
        });
    };
    bench("bare", &bearer, &mut |request| drop(call(&mut Bare, request)));
    let mut service = tower_http();
    bench("tower-http pass-through", &bearer, &mut |request| drop(call(&mut service, request)));
    let mut service = portcullis(&runtime, "Basic", 60, IDENTITIES);
    bench("portcullis, 60 bytes", &basic, &mut |request| drop(call(&mut service, request)));
    let mut service = portcullis(&runtime, "Basic", 60, 1);
    bench("portcullis, 60 bytes, one identity", &basic[..1], &mut |request| drop(call(&mut service, request)));
    let mut service = portcullis(&runtime, "Bearer", 900, IDENTITIES);
    bench("portcullis, 900 bytes", &bearer, &mut |request| drop(call(&mut service, request)));
    group.finish();
}

criterion_group!(benches, cached_request);
criterion_main!(benches);
