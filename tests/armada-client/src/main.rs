//! Submits a job with the Rust client of Armada, watches it run, cancels it, and prints what came of it as JSON.
//!
//!     armada-client-calls URL QUEUE JOB_SET [basic USER PASSWORD | bearer TOKEN]

#![forbid(unsafe_code)]

use std::error::Error;
use std::time::Duration;

use armada_client::k8s::io::api::core::v1::{Container, PodSpec};
use armada_client::{
    ArmadaClient, BasicAuthProvider, EventMessage, JobCancelRequest, JobRequestItemBuilder, JobSubmitRequest,
    StaticTokenProvider, TokenProvider,
};
use futures::StreamExt as _;
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let [url, queue, job_set, credential @ ..] = &arguments[..] else { return Err("too few arguments".into()) };
    let provider: Box<dyn TokenProvider + Send + Sync> = match credential {
        ["basic", user, password] => Box::new(BasicAuthProvider::new(*user, *password)),
        ["bearer", token] => Box::new(StaticTokenProvider::new(*token)),
        _ => Box::new(StaticTokenProvider::new("")),
    };
    // Whatever hangs is a failure, and not a test without an end.
    let client = ArmadaClient::connect(*url, provider).await?.with_timeout(Duration::from_secs(60));
    let outcome = match calls(&client, queue, job_set).await {
        Ok(outcome) => outcome,
        Err(armada_client::Error::Grpc(status)) => {
            json!({ "code": i32::from(status.code()), "message": status.message() })
        }
        Err(error) => return Err(error.into()),
    };
    println!("{outcome}");
    Ok(())
}

async fn calls(client: &ArmadaClient, queue: &str, job_set: &str) -> Result<Value, armada_client::Error> {
    let container = Container { image: Some("busybox".to_owned()), ..Container::default() };
    let pod = PodSpec { containers: vec![container], ..PodSpec::default() };
    let item = JobRequestItemBuilder::new().namespace("default").priority(1.0).label("endless", "").pod_spec(pod);
    let submitted = client
        .submit(JobSubmitRequest {
            queue: queue.to_owned(),
            job_set_id: job_set.to_owned(),
            job_request_items: vec![item.build()],
        })
        .await?;
    let job = submitted.job_response_items[0].job_id.clone();
    let (mut stream, mut events, mut cancelled) = (client.watch(queue, job_set, None).await?, Vec::new(), Vec::new());
    while let Some(event) = stream.next().await {
        let Some(event) = event?.message.as_ref().map(name) else { continue };
        events.push(event.clone());
        if event == "Running" {
            let request = JobCancelRequest {
                queue: queue.to_owned(),
                job_set_id: job_set.to_owned(),
                job_ids: vec![job.clone()],
                reason: "enough".to_owned(),
                ..JobCancelRequest::default()
            };
            cancelled = client.cancel_jobs(request).await?.cancelled_ids;
        }
        if event == "Cancelled" {
            break;
        }
    }
    Ok(json!({ "job": job, "events": events, "cancelled": cancelled }))
}

/// What kind of event it is.
fn name(message: &EventMessage) -> String {
    let shown = message.events.as_ref().map(|event| format!("{event:?}")).unwrap_or_default();
    shown.split('(').next().unwrap_or_default().to_owned()
}
