use tonic::Code;
use tonic::transport::Endpoint;

use super::proto::greeter_client::GreeterClient;
use super::*;

/// alice:wonderland
const ALICE: &str = "Basic YWxpY2U6d29uZGVybGFuZA==";
/// alice:queen
const NOT_ALICE: &str = "Basic YWxpY2U6cXVlZW4=";

/// Asks for a greeting, over a socket.
async fn greeting(auth: Auth, authorization: Option<&str>) -> Result<String, Status> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { greet(listener, &auth, std::future::pending()).await.unwrap() });
    let mut client = GreeterClient::new(Endpoint::from_shared(url).unwrap().connect().await.unwrap());
    let mut request = Request::new(GreetRequest { greeting: "hello".to_owned() });
    if let Some(authorization) = authorization {
        request.metadata_mut().insert("authorization", authorization.parse().unwrap());
    }
    client.greet(request).await.map(|response| response.into_inner().message)
}

#[tokio::test]
async fn a_handler_needs_no_config_file_to_be_tested() {
    let auth = Auth::fixed(Principal::builder("bob").backend("test").build());
    assert_eq!(greeting(auth, None).await.unwrap(), "hello, bob of test");
}

#[tokio::test]
async fn alice_is_greeted_by_her_name() {
    let auth = Auth::from_path(CONFIG).await.unwrap();
    assert_eq!(greeting(auth, Some(ALICE)).await.unwrap(), "hello, alice of basic");
}

#[tokio::test]
async fn a_wrong_password_and_none_are_answered_with_the_challenge() {
    for authorization in [Some(NOT_ALICE), None] {
        let auth = Auth::from_path(CONFIG).await.unwrap();
        let status = greeting(auth, authorization).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
        let challenge = status.metadata().get("www-authenticate").unwrap();
        assert_eq!(challenge, r#"Basic realm="portcullis", charset="UTF-8""#);
    }
}

#[tokio::test]
async fn without_the_layer_a_handler_refuses() {
    let status = Greetings.greet(Request::new(GreetRequest::default())).await.unwrap_err();
    assert_eq!(status.code(), Code::Internal);
}

#[test]
fn the_address_of_the_caller_is_told_to_the_layer() {
    let info = TcpConnectInfo { local_addr: None, remote_addr: "192.0.2.7:4711".parse().ok() };
    let request = http::Request::builder().extension(info).body(()).unwrap();
    assert_eq!(tell_peer(request).extensions().get::<Peer>().unwrap().to_string(), "192.0.2.7:4711");
}
