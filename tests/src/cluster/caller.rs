//! Those who talk to the API server.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::Cluster;
use crate::{Answer, curl};

const REVIEWS: &str = "/apis/authentication.k8s.io/v1/tokenreviews";
const ACCESS_REVIEWS: &str = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

/// Somebody who talks to the API server of a cluster, over a connection for each request.
///
/// Do not send curl there by itself: the server indents what it answers to curl, browsers and whoever asks for
/// `?pretty`, and that breaks it. Its JSON library is too old for the Go of Debian.
pub struct Caller<'a> {
    cluster: &'a Cluster,
    /// For curl.
    credential: Vec<String>,
}

impl Cluster {
    /// The administrator, who may do everything.
    #[must_use]
    pub fn admin(&self) -> Caller<'_> {
        let file = |name: &str| self.path(name).to_string_lossy().into_owned();
        let (certificate, key) = (file("administrator.crt"), file("administrator.key"));
        Caller { cluster: self, credential: vec!["--cert".to_owned(), certificate, "--key".to_owned(), key] }
    }

    /// The bearer of a token.
    #[must_use]
    pub fn caller(&self, token: &str) -> Caller<'_> {
        Caller { cluster: self, credential: vec!["--oauth2-bearer".to_owned(), token.to_owned()] }
    }

    /// Somebody who does not say who it is.
    #[must_use]
    pub fn anonymous(&self) -> Caller<'_> {
        Caller { cluster: self, credential: Vec::new() }
    }
}

impl Caller<'_> {
    /// A GET.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        self.send(path, &[])
    }

    /// A POST: a new object.
    #[must_use]
    pub fn post(&self, path: &str, object: &Value) -> Answer {
        self.send(path, &["--header", "content-type: application/json", "--data-raw", &object.to_string()])
    }

    /// A PUT: an object instead of the one that is there.
    #[must_use]
    pub fn put(&self, path: &str, object: &Value) -> Answer {
        let kind = "content-type: application/json";
        self.send(path, &["--request", "PUT", "--header", kind, "--data-raw", &object.to_string()])
    }

    /// A server-side apply: the object of this path, which is named after its end, has these fields from now on,
    /// whether it was there before or not.
    #[must_use]
    pub fn apply(&self, path: &str, object: &Value) -> Answer {
        let mut object = object.clone();
        object["metadata"]["name"] = path.rsplit('/').next().into();
        let (kind, path) =
            ("content-type: application/apply-patch+yaml", format!("{path}?fieldManager=tests&force=true"));
        self.send(&path, &["--request", "PATCH", "--header", kind, "--data-raw", &object.to_string()])
    }

    /// A DELETE, without grace.
    #[must_use]
    pub fn delete(&self, path: &str) -> Answer {
        self.send(&format!("{path}?gracePeriodSeconds=0"), &["--request", "DELETE"])
    }

    /// A TokenReview: whose is this token, and is it for one of those audiences? (None: the server's.)
    #[must_use]
    pub fn review(&self, token: &str, audiences: &[&str]) -> Answer {
        let spec = json!({ "token": token, "audiences": audiences });
        let answer = self.post(REVIEWS, &json!({ "spec": spec }));
        count(&self.cluster.own_reviews, &answer);
        answer
    }

    /// A SubjectAccessReview with this specification, such as
    /// `{ "user": "alice", "resourceAttributes": { "namespace": "a", "verb": "get", "resource": "pods" } }`.
    #[must_use]
    pub fn access_review(&self, spec: &Value) -> Answer {
        let answer = self.post(ACCESS_REVIEWS, &json!({ "spec": spec }));
        count(&self.cluster.own_access_reviews, &answer);
        answer
    }

    fn send(&self, path: &str, arguments: &[&str]) -> Answer {
        let (authority, url) = (self.cluster.ca_file(), self.cluster.url(path));
        // Nobody for whom it indents.
        let mut all = vec!["--user-agent", "tests", "--cacert", authority.to_str().expect("a name in UTF-8")];
        all.extend(self.credential.iter().map(String::as_str));
        all.extend(arguments);
        all.push(&url);
        curl(&all)
    }
}

/// Who is not let in, or may not ask, is not counted by the server either.
fn count(own: &AtomicU64, answer: &Answer) {
    own.fetch_add(u64::from(![401, 403].contains(&answer.status)), Ordering::Relaxed);
}
