//! A cached request allocates what its extensions allocate, and nothing else.

use http::Request;
use portcullis_benches::{Body, RULES, call, credential, portcullis_with, request};

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
