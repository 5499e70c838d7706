//! What it costs to find a request's route, among few and among many; and what it costs to compile them.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use http::Request;
use portcullis::Head;
use portcullis::config::Config;
use portcullis::route::{Found, Routes, Target};

/// A file with this many routes: an API of as many resources as it takes, four routes for each of them.
fn file(count: usize) -> String {
    let resource = |number: usize| {
        let path = format!("/apis/v1/namespaces/{{namespace}}/resource{number}");
        let action = |verb: &str, name: &str| {
            format!("action = {{ verb = '{verb}', resource = 'resource{number}', namespace = '{{namespace}}'{name} }}")
        };
        [
            format!("[[route]]\npath = '{path}'\nmethods = ['GET']\n{}\n", action("list", "")),
            format!("[[route]]\npath = '{path}'\nmethods = ['POST']\n{}\n", action("create", "")),
            format!("[[route]]\npath = '{path}/{{name}}'\nmethods = ['GET']\n{}\n", action("get", ", name = '{name}'")),
            format!("[[route]]\npath = '{path}/{{name}}/{{*rest}}'\n{}\n", action("proxy", ", name = '{name}'")),
        ]
        .concat()
    };
    (0..count / 4).map(resource).collect()
}

/// Whether the request takes a route, and the length of what it asks for, so that somebody looks at it.
fn look_up(routes: &Routes, request: &Request<()>) -> Option<usize> {
    let target = Target::of(Head::from(request)).ok()?;
    match routes.find(&target) {
        Ok(Found::Listed(route)) => route.asked(&target).map(|asked| asked.action().verb().len()),
        _ => None,
    }
}

fn find(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("route");
    for count in [100, 10_000] {
        let config = Config::from_toml(&file(count)).expect("the file is in order");
        let routes = config.routes();
        assert_eq!(routes.iter().len(), count);
        for (name, path, is_listed) in [
            ("a list", "/apis/v1/namespaces/argo/resource17", true),
            ("an object", "/apis/v1/namespaces/argo/resource17/hello-world", true),
            ("below an object", "/apis/v1/namespaces/argo/resource17/hello-world/logs/main/follow", true),
            ("an object, with escapes", "/apis/v1/namespaces/argo/resource17/hello%20world", true),
            ("none", "/apis/v1/namespaces/argo/resources/hello-world", false),
        ] {
            let request = Request::get(path).header("host", "api.example.test").body(()).expect("a request");
            assert_eq!(look_up(routes, &request).is_some(), is_listed, "{path}");
            group.bench_with_input(BenchmarkId::new(name, count), &request, |bencher, request| {
                bencher.iter(|| look_up(routes, black_box(request)));
            });
        }
    }
    let request = Request::get("/apis/v1/namespaces/argo/resource17/hello-world").header("host", "api.example.test");
    let request = request.body(()).expect("a request");
    group.bench_function("the target alone", |bencher| {
        bencher.iter(|| Target::of(Head::from(black_box(&request))).is_ok());
    });
    group.finish();
}

fn compile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("routes of a file");
    group.sample_size(10);
    for count in [100, 10_000] {
        let file = file(count);
        group.bench_with_input(BenchmarkId::new("compile", count), &file, |bencher, file| {
            bencher.iter(|| Config::from_toml(file).expect("the file is in order"));
        });
    }
    group.finish();
}

criterion_group!(benches, find, compile);
criterion_main!(benches);
