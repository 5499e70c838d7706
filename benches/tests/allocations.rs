//! A cached request allocates what its extensions allocate, and nothing else.

use std::convert::Infallible;
use std::path::Path;

use http::{Method, Request};
use portcullis::Auth;
use portcullis_benches::{Bare, Body, RULES, call, credential, portcullis_with, request};
use tower::{Layer as _, Service};

#[test]
fn a_cached_request_allocates_nothing_but_its_extension() {
    for (scheme, length) in [("Basic", 60), ("Bearer", 900)] {
        assert_eq!(allocations("", scheme, length), 100 * of_extensions(1), "{scheme}");
    }
}

#[test]
fn a_route_that_asks_the_policy_allocates_no_more_than_a_second_one() {
    assert_eq!(allocations(RULES, "Bearer", 900), 100 * of_extensions(2));
}

#[test]
fn the_layer_of_webhooks_allocates_nothing_for_a_request_that_is_not_signed() {
    let secret = Path::new(env!("CARGO_TARGET_TMPDIR")).join("allocations.secret");
    std::fs::write(&secret, "It's a Secret to Everybody").expect("the secret is written");
    let file = format!(
        "[[backend]]\nkind = 'anonymous'\n[[webhook]]\npath = '/hooks/{{name}}'\n\
         [[webhook.client]]\nname = 'github.com'\ntype = 'github'\nsecrets = [{{ file = '{}' }}]\n",
        secret.display()
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let auth = runtime.block_on(Auth::from_toml(&file)).expect("the file is right");
    let mut bare = auth.layer().layer(Bare);
    let mut layered = auth.webhook_layer().layer(auth.layer().layer(Bare));
    for (method, path) in [(Method::GET, "/"), (Method::POST, "/hooks/elsewhere/x"), (Method::POST, "/hooks/github")] {
        let without = of_unsigned(&mut bare, &method, path);
        assert!(without > 0, "the extension is counted");
        assert_eq!(of_unsigned(&mut layered, &method, path), without, "{method} {path}");
    }
}

/// Those of a hundred requests without any credential.
fn of_unsigned<S: Service<Request<Body>, Error = Infallible>>(service: &mut S, method: &Method, path: &str) -> u64 {
    let make = || {
        let mut request = request(&credential("Basic", 60, 0));
        request.headers_mut().remove("authorization");
        *request.method_mut() = method.clone();
        *request.uri_mut() = path.parse().expect("a path");
        request
    };
    let mut requests: Vec<_> = std::iter::repeat_with(make).take(100).collect();
    let counted = allocation_counter::measure(|| {
        for request in requests.drain(..) {
            std::hint::black_box(call(service, request));
        }
    });
    counted.count_total
}

/// Those of a hundred requests, whose callers are known.
fn allocations(rules: &str, scheme: &str, length: usize) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let mut service = portcullis_with(rules, &runtime, scheme, length, 100);
    let mut requests: Vec<_> = (0..100).map(|number| request(&credential(scheme, length, number))).collect();
    let counted = allocation_counter::measure(|| {
        for request in requests.drain(..) {
            std::hint::black_box(call(&mut service, request));
        }
    });
    counted.count_total
}

/// What so many extensions of a request take: the principal, and the handle to ask with.
fn of_extensions(number: usize) -> u64 {
    let mut request: Request<Body> = request(&credential("Basic", 60, 0));
    allocation_counter::measure(|| {
        request.extensions_mut().insert(7_u64);
        if number > 1 {
            request.extensions_mut().insert(7_u32);
        }
    })
    .count_total
}
