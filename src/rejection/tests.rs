use std::time::Duration;

use super::*;
use http::StatusCode;
use portcullis_core::Style;

fn all() -> Vec<(Rejection, u16, u8)> {
    let challenge = HeaderValue::from_static("Basic realm=\"a\"");
    vec![
        (Rejection::unauthenticated(vec![challenge.clone(), HeaderValue::from_static("Negotiate")]), 401, 16),
        (Rejection::forbidden("100 % no: größer"), 403, 7),
        (Rejection::malformed("two"), 400, 3),
        (Rejection::header_fields_too_large("long"), 431, 3),
        (Rejection::too_many_failures(Duration::from_secs(7)), 429, 8),
        (Rejection::unavailable(Duration::from_millis(1500)), 503, 14),
    ]
}

fn text(response: Response<Bytes>) -> String {
    String::from_utf8(response.into_body().to_vec()).unwrap()
}

#[test]
fn http_has_the_status_the_challenges_and_a_body_with_the_grpc_code() {
    for (rejection, status, code) in all() {
        let response = render(&rejection, Transport::Http);
        assert_eq!(response.status(), StatusCode::from_u16(status).unwrap());
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["content-type"], "application/json");
        let challenges: Vec<_> = response.headers().get_all("www-authenticate").iter().cloned().collect();
        assert_eq!(challenges, rejection.challenges());
        let message = serde_json::to_string(rejection.message()).unwrap();
        assert_eq!(text(response), format!("{{\"code\":{code},\"message\":{message}}}"));
    }
}

#[test]
fn retry_after_is_rounded_up_in_http_and_exact_in_grpc() {
    let rejection = Rejection::unavailable(Duration::from_millis(1500));
    let response = render(&rejection, Transport::Http);
    assert_eq!(response.headers()["retry-after"], "2");
    let response = render(&rejection, Transport::Grpc);
    assert_eq!(response.headers()["grpc-retry-pushback-ms"], "1500");
    assert!(!response.headers().contains_key("retry-after"));
}

#[test]
fn the_styles_differ_in_the_body_alone() {
    let rejection = |style| Rejection::forbidden("no").with_style(style);
    let armada = render(&rejection(Style::Armada), Transport::Http);
    assert_eq!(text(armada), r#"{"error":"no","code":7,"message":"no"}"#);
    let problem = render(&rejection(Style::Problem), Transport::Http);
    assert_eq!(problem.headers()["content-type"], "application/problem+json");
    assert_eq!(text(problem), r#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"no","code":7}"#);
}

#[test]
fn a_head_request_gets_no_body() {
    let response = render(&Rejection::forbidden("no"), Transport::HttpHead);
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(response.body().is_empty());
}

#[test]
fn grpc_is_200_with_the_status_in_headers_and_no_body() {
    for (rejection, _, code) in all() {
        let response = render(&rejection, Transport::Grpc);
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["grpc-status"], code.to_string().as_str());
        assert_eq!(response.headers()["content-type"], "application/grpc");
        assert_eq!(response.headers().get_all("www-authenticate").iter().count(), rejection.challenges().len());
        assert!(response.body().is_empty());
    }
    let response = render(&Rejection::forbidden("100 % no: größer"), Transport::Grpc);
    assert_eq!(response.headers()["grpc-message"], "100 %25 no: gr%C3%B6%C3%9Fer");
}

#[test]
fn grpc_web_has_its_trailers_in_a_frame_of_the_body() {
    let challenges = vec![HeaderValue::from_static("Negotiate"), HeaderValue::from_static("Basic realm=\"a\"")];
    let rejection = Rejection::unauthenticated(challenges);
    let response = render(&rejection, Transport::GrpcWeb);
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/grpc-web+proto");
    let frame = response.into_body();
    assert_eq!(frame[0], 0x80);
    assert_eq!(u32::from_be_bytes(frame[1..5].try_into().unwrap()) as usize, frame.len() - 5);
    let block = std::str::from_utf8(&frame[5..]).unwrap();
    for line in ["grpc-status: 16", "www-authenticate: Negotiate", "www-authenticate: Basic realm=\"a\""] {
        assert!(block.lines().any(|l| l == line), "{block}");
    }
    let response = render(&rejection, Transport::GrpcWebText);
    assert_eq!(response.headers()["content-type"], "application/grpc-web-text+proto");
    let encoded = response.into_body();
    use base64::Engine as _;
    assert_eq!(base64::engine::general_purpose::STANDARD.decode(encoded).unwrap(), frame);
}

#[test]
fn the_content_type_tells_the_transport() {
    let of = |method: &str, content_type: Option<&'static str>| {
        let mut headers = HeaderMap::new();
        if let Some(content_type) = content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        Transport::of(&method.parse().unwrap(), &headers)
    };
    assert_eq!(of("GET", None), Transport::Http);
    assert_eq!(of("HEAD", Some("text/plain")), Transport::HttpHead);
    for content_type in ["application/grpc", "application/grpc+proto", "application/grpc;x=y", "Application/GRPC"] {
        assert_eq!(of("POST", Some(content_type)), Transport::Grpc, "{content_type}");
    }
    assert_eq!(of("POST", Some("application/grpc-web")), Transport::GrpcWeb);
    assert_eq!(of("POST", Some("application/grpc-web+proto")), Transport::GrpcWeb);
    assert_eq!(of("POST", Some("application/grpc-web-text;x")), Transport::GrpcWebText);
    for content_type in ["application/grpcx", "application/grpc-webx", "application/grpc-foo", "application/json"] {
        assert_eq!(of("POST", Some(content_type)), Transport::Http, "{content_type}");
    }
}
