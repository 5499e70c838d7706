//! What is deleted in a real cluster, soon stops working.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use portcullis_testbed::{Cluster, Program, Site};

/// How long a token may outlive what it was bound to. The API server remembers for ten seconds that it took a token, from
/// when it last looked (`tests/kubernetes_testbed.rs` has that), and so may have told us at the end of them; we remember for
/// one second more, as the file here says. Then comes a review, and until curl has the answer, another second passes on a
/// busy machine. What is left is for a machine that is busier still; an answer that is remembered for too long, such as for
/// the layer's own five minutes, does not fit in.
const LONGEST: Duration = Duration::from_secs(25);

/// The program, and somebody in the same namespace to whom nothing happens.
struct Scene<'a> {
    cluster: &'a Cluster,
    program: Program,
    bystander: String,
}

impl<'a> Scene<'a> {
    fn new(cluster: &'a Cluster, namespace: &str) -> Self {
        cluster.account(namespace, "builder");
        cluster.account(namespace, "bystander");
        let bystander = cluster.secret_token(namespace, "bystander", "bystander-token");
        let program = Site::new(&format!("{}ttl = \"1s\"\n", cluster.entry())).serve_here();
        Self { cluster, program, bystander }
    }

    fn status(&self, token: &str) -> u16 {
        self.program.bearer(token).status
    }

    /// The token works, until what it is bound to is deleted, and not much longer; the bystander's works all the while.
    fn ends(&self, token: &str, delete: impl FnOnce(&Cluster)) {
        assert_eq!((self.status(token), self.status(&self.bystander)), (200, 200));
        delete(self.cluster);
        let deleted = Instant::now();
        loop {
            // A server that is away, or that does not let us ask, would be no revocation: 503.
            match self.status(token) {
                200 => assert!(deleted.elapsed() < LONGEST, "it works after {:?}", deleted.elapsed()),
                status => break assert_eq!(status, 401),
            }
            assert_eq!(self.status(&self.bystander), 200);
            std::thread::sleep(Duration::from_millis(100));
        }
        // Nor does it come back, whatever was remembered where.
        for _ in 0..30 {
            assert_eq!((self.status(token), self.status(&self.bystander)), (401, 200));
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

#[test]
fn a_token_of_a_secret_ends_with_the_secret() {
    let cluster = Cluster::shared();
    let scene = Scene::new(&cluster, "secrets");
    let token = cluster.secret_token("secrets", "builder", "builder-token");
    let other = cluster.secret_token("secrets", "builder", "other-token");
    scene.ends(&token, |cluster| cluster.delete_secret("secrets", "builder-token"));
    assert_eq!(scene.status(&other), 200, "another one of the same account");
}

#[test]
fn tokens_of_an_account_end_with_the_account_and_not_one_of_the_same_name_gets_them_back() {
    let cluster = Cluster::shared();
    let scene = Scene::new(&cluster, "accounts");
    let token = cluster.token("accounts", "builder").issue();
    scene.ends(&token, |cluster| cluster.delete_account("accounts", "builder"));
    cluster.account("accounts", "builder");
    let new = cluster.token("accounts", "builder").issue();
    scene.program.bearer_until(&new, 200);
    assert_eq!(scene.status(&token), 401);
}

#[test]
fn a_token_of_a_pod_ends_with_the_pod_and_the_accounts_others_do_not() {
    let cluster = Cluster::shared();
    let scene = Scene::new(&cluster, "pods");
    cluster.pod("pods", "one", "builder");
    let token = cluster.token("pods", "builder").bound_to_pod("one").issue();
    let other = cluster.token("pods", "builder").issue();
    scene.ends(&token, |cluster| cluster.delete_pod("pods", "one"));
    assert_eq!(scene.status(&other), 200);
}
