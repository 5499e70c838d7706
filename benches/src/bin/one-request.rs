//! Calls one of the services many times, for callgrind to count instructions:
//! `one-request bare|tower-http|portcullis-60|portcullis-900 CALLS`.

#![forbid(unsafe_code)]

use portcullis_benches::{Bare, Body, call, credential, portcullis, request, tower_http};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (which, calls) = (arguments.next().unwrap_or_default(), arguments.next().unwrap_or_default());
    let calls: usize = calls.parse().unwrap_or(1000);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let basic: Vec<_> = (0..100).map(|number| credential("Basic", 60, number)).collect();
    let bearer: Vec<_> = (0..100).map(|number| credential("Bearer", 900, number)).collect();
    match which.as_str() {
        "bare" => run(Bare, calls, &bearer),
        "tower-http" => run(tower_http(), calls, &bearer),
        "portcullis-60" => run(portcullis(&runtime, "Basic", 60, 10_000), calls, &basic),
        "portcullis-900" => run(portcullis(&runtime, "Bearer", 900, 10_000), calls, &bearer),
        _ => {
            eprintln!("usage: one-request bare|tower-http|portcullis-60|portcullis-900 CALLS");
            std::process::exit(2);
        }
    }
}

fn run<S>(mut service: S, calls: usize, credentials: &[http::HeaderValue])
where
    S: tower::Service<http::Request<Body>, Error = std::convert::Infallible>,
{
    for number in 0..calls {
        let request = request(&credentials[number % credentials.len()]);
        std::hint::black_box(call(&mut service, request));
    }
}
