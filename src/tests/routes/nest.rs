//! The layer inside of a nest, where it must not stand, and around it.

use axum::Router;
use axum::body::Body;
use axum::routing::get;

use super::*;

const ROUTES: &str = r#"
    [[route]]
    path = "/healthz"
    public = true

    [[route]]
    path = "/admin/{*rest}"
    action = { verb = "get", url = "/admin/{rest}" }
"#;

async fn asked(app: Router, target: &str, fields: &[(&'static str, &str)]) -> u16 {
    app.oneshot(request_for(target, fields).map(|()| Body::empty())).await.unwrap().status().as_u16()
}

fn admin() -> Router {
    Router::new().route("/healthz", get(async || "secrets of the administrator")).route("/keys", get(async || "keys"))
}

#[tokio::test]
async fn around_a_nest_the_layer_sees_the_whole_path() {
    let layer = auth(&[&bearer()], ROUTES).await.layer();
    for app in [Router::new().nest("/admin", admin()), Router::new().nest_service("/admin", admin())] {
        let app = app.route("/healthz", get(async || "all is well")).layer(layer.clone());
        assert_eq!(asked(app.clone(), "/healthz", &[]).await, 200);
        assert_eq!(asked(app.clone(), "/admin/healthz", &[]).await, 401);
        assert_eq!(asked(app, "/admin/healthz", &[BOB]).await, 403);
    }
}

/// Why the documentation forbids it.
#[tokio::test]
async fn inside_of_a_nest_it_takes_the_rest_of_a_path_for_the_path() {
    let admin = || async { admin().layer(auth(&[&bearer()], ROUTES).await.layer()) };
    for app in [Router::new().nest("/admin", admin().await), Router::new().nest_service("/admin", admin().await)] {
        assert_eq!(asked(app.clone(), "/admin/healthz", &[]).await, 200, "by the public route of another path");
        // No route is for `/keys`.
        assert_eq!(asked(app.clone(), "/admin/keys", &[]).await, 401);
        assert_eq!(asked(app, "/admin/keys", &[ALICE]).await, 403);
    }
}
