//! How often the server was asked.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Cluster;

impl Cluster {
    /// How many TokenReviews the server has answered since it was started, well or badly, without those that the testbed
    /// itself asked for ([`Caller::review`](super::Caller::review)). Who is not let in (401), or may not ask (403), is not
    /// counted.
    #[must_use]
    pub fn reviews(&self) -> u64 {
        self.counted("tokenreviews", &self.own_reviews)
    }

    /// The same of SubjectAccessReviews.
    #[must_use]
    pub fn access_reviews(&self) -> u64 {
        self.counted("subjectaccessreviews", &self.own_access_reviews)
    }

    fn counted(&self, resource: &str, own: &AtomicU64) -> u64 {
        let answer = self.admin().get("/metrics");
        assert_eq!(answer.status, 200, "the server has metrics");
        let metrics = String::from_utf8_lossy(&answer.body);
        // Such as `apiserver_request_total{code="201",resource="tokenreviews"} 5`, with more labels.
        let resource = format!("resource=\"{resource}\"");
        let of_resource = metrics.lines().filter_map(|line| {
            let (labels, count) = line.strip_prefix("apiserver_request_total{")?.split_once("} ")?;
            labels.split(',').any(|label| label == resource).then(|| count.parse::<u64>().expect("a whole number"))
        });
        of_resource.sum::<u64>() - own.load(Ordering::Relaxed)
    }
}
