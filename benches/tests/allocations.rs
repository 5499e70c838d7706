//! A cached request allocates what a request extension allocates, and nothing else.

use http::Request;
use portcullis_benches::{Body, call, credential, portcullis, request};

#[test]
fn a_cached_request_allocates_nothing_but_its_extension() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for (scheme, length) in [("Basic", 60), ("Bearer", 900)] {
        let mut service = portcullis(&runtime, scheme, length, 100);
        let mut requests: Vec<_> = (0..100).map(|number| request(&credential(scheme, length, number))).collect();
        let counted = allocation_counter::measure(|| {
            for request in requests.drain(..) {
                std::hint::black_box(call(&mut service, request));
            }
        });
        assert_eq!(counted.count_total, 100 * of_an_extension(), "{scheme}");
    }
}

/// What a request's first extension allocates.
fn of_an_extension() -> u64 {
    let mut request: Request<Body> = request(&credential("Basic", 60, 0));
    allocation_counter::measure(|| {
        request.extensions_mut().insert(7_u64);
    })
    .count_total
}
