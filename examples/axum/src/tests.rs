use axum::body::Body;
use axum::http::Response;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::*;

/// alice:wonderland
const ALICE: &str = "Basic YWxpY2U6d29uZGVybGFuZA==";
const NIGHT_WATCH: &str = "ApiKey correct-horse-battery-staple";

async fn send(app: &Router, line: &str, fields: &[(&str, &str)], body: &str) -> Response<Body> {
    let (method, path) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    app.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap()
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

// A handler needs no config file to be tested.

#[tokio::test]
async fn a_note_bears_the_name_of_its_author() {
    let app = app(&Auth::fixed(Principal::builder("alice").build()));
    assert_eq!(send(&app, "POST /notes", &[], "mind the gap\n").await.status(), StatusCode::CREATED);
    assert_eq!(text(send(&app, "GET /notes", &[], "").await).await, "alice: mind the gap\n");
}

#[tokio::test]
async fn an_anonymous_caller_reads_and_does_not_write() {
    let app = app(&Auth::fixed(Principal::builder("guest").anonymous().build()));
    assert_eq!(send(&app, "GET /notes", &[], "").await.status(), StatusCode::OK);
    let refused = send(&app, "POST /notes", &[], "x").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(text(refused).await.contains("anonymous callers may only read"));
    assert_eq!(text(send(&app, "GET /notes", &[], "").await).await, "");
}

// The config file, as it is.

#[tokio::test]
async fn the_file_lets_in_whom_it_says() {
    let app = app(&auth(CONFIG).await.unwrap());
    for (authorization, greeting) in [(Some(ALICE), "alice"), (Some(NIGHT_WATCH), "night-watch"), (None, "anonymous")] {
        let fields = authorization.map(|value| (AUTHORIZATION.as_str(), value));
        let response = send(&app, "GET /", fields.as_slice(), "").await;
        assert_eq!(text(response).await, format!("hello {greeting}\n"));
    }
}

#[tokio::test]
async fn a_bad_credential_is_refused_with_every_challenge() {
    let app = app(&auth(CONFIG).await.unwrap());
    for bad in ["Basic YWxpY2U6cXVlZW4=", "ApiKey guess", "apikey", "Bearer x"] {
        let response = send(&app, "GET /", &[(AUTHORIZATION.as_str(), bad)], "").await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{bad}");
        let challenges: Vec<_> = response.headers().get_all(WWW_AUTHENTICATE).iter().collect();
        assert_eq!(challenges, [r#"Basic realm="portcullis", charset="UTF-8""#, r#"ApiKey realm="robots""#], "{bad}");
    }
}

#[tokio::test]
async fn a_preflight_has_no_principal_and_everything_else_has_one() {
    let app = app(&auth(CONFIG).await.unwrap());
    let preflight = [("origin", "https://app.example.test"), ("access-control-request-method", "POST")];
    let response = send(&app, "OPTIONS /notes", &preflight, "").await;
    assert!(response.headers().contains_key("access-control-allow-methods"));
    let response = send(&app, "OPTIONS /notes", &[], "").await;
    assert!(response.headers().contains_key("allow"));
    let response = send(&app, "OPTIONS /nowhere", &preflight, "").await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "the fallback wants a principal");
}

#[tokio::test]
async fn the_address_of_the_caller_is_told_to_the_layer() {
    let app = app(&Auth::fixed(Principal::builder("alice").build()));
    let seen = Router::new().route(
        "/peer",
        get(async |request: Request| request.extensions().get::<Peer>().map(ToString::to_string).unwrap_or_default()),
    );
    let app = app.merge(seen).layer(map_request(tell_peer));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = listener.local_addr().unwrap();
    tokio::spawn(async move {
        axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await.unwrap();
    });
    let (mut stream, said) = (tokio::net::TcpStream::connect(server).await.unwrap(), &mut String::new());
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    stream.write_all(b"GET /peer HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    let own = stream.local_addr().unwrap();
    stream.read_to_string(said).await.unwrap();
    assert!(said.ends_with(&own.to_string()), "{said}");
}
