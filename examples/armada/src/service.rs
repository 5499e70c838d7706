//! What the service does. Each method asks the handle that the layer left in the request before it does anything. What it
//! asks for is in the terms of the file's roles; `permissions.toml` says what Armada calls it.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis::{Action, Authorization, Principal, RejectionKind};
use tonic::{Request, Response, Status, async_trait};

use crate::job_set::{EventStream, JobSet};
use crate::proto::event_server::Event;
use crate::proto::queue_service_server::QueueService;
use crate::proto::submit_server::Submit;
use crate::proto::*;
use crate::queues::{self, Queues, place};

const SUBMIT: Action<'_> = Action::new("submit", "jobs");
const CANCEL: Action<'_> = Action::new("cancel", "jobs");
const WATCH: Action<'_> = Action::new("watch", "events");
const CREATE: Action<'_> = Action::new("create", "queues");
const DELETE: Action<'_> = Action::new("delete", "queues");

/// The longest request, in bytes.
pub(crate) const MAX_MESSAGE_LEN: usize = 1024 * 1024;

/// How long the name of a queue, or of a job set, may be, in bytes.
const MAX_NAME_LEN: usize = 253;

type Answer<T> = Result<Response<T>, Status>;

/// The caller, the message and the queue that it names.
type Allowed<T> = Result<(Principal, T, Result<Arc<queues::Queue>, Status>), Status>;

/// Whether there is something, and not too much.
fn check(what: &str, count: usize, most: usize) -> Result<(), Status> {
    let message = || format!("{what}: 1 to {most}, and not {count}");
    (1..=most).contains(&count).then_some(()).ok_or_else(|| Status::invalid_argument(message()))
}

impl Queues {
    /// Whether the caller may do this in the message's queue: in all queues or this one by the file's roles, or else by what
    /// the queue itself grants.
    async fn allowed<T>(&self, request: Request<T>, action: Action<'static>, queue: fn(&T) -> &str) -> Allowed<T> {
        let caller = Authorization::from_extensions(request.extensions())?;
        let (principal, message) = (caller.principal().clone(), request.into_inner());
        let (user, name, verb) = (principal.name(), queue(&message), action.verb());
        check("bytes of a queue's name", name.len(), MAX_NAME_LEN)?;
        let queue = self.get(name);
        // In the words that Armada's own sentence begins with.
        let (permission, place) = match action {
            CREATE | DELETE => (format!("{verb}_queue"), String::new()),
            _ => (verb.to_owned(), format!(" for queue {name}")),
        };
        let sentence = format!("{user} lacks permission {permission} required for action {permission}{place}");
        let grants = queue.as_ref().map(|queue| queue.grants(verb)).unwrap_or_default();
        caller.check_with(&action.namespace(name), &grants).await.map_err(|rejection| match rejection.kind() {
            RejectionKind::Forbidden => rejection.with_message(sentence),
            _ => rejection,
        })?;
        Ok((principal, message, queue))
    }
}

#[async_trait]
impl Submit for Queues {
    async fn submit_jobs(&self, request: Request<JobSubmitRequest>) -> Answer<JobSubmitResponse> {
        static SUBMITTED: AtomicUsize = AtomicUsize::new(0);
        let (caller, message, queue) = self.allowed(request, SUBMIT, |message| &message.queue).await?;
        check("bytes of a job set's name", message.job_set_id.len(), MAX_NAME_LEN)?;
        check("jobs in a request", message.job_request_items.len(), 1_000)?;
        let (job_sets, place) = (queue?.job_sets.clone(), place(message.job_request_items.len(), &message)?);
        let JobSubmitRequest { queue: name, job_set_id, job_request_items: items } = message;
        let mut job_response_items = Vec::new();
        for JobSubmitRequestItem { priority, namespace, labels, annotations, client_id } in items {
            let id = format!("job-{}", SUBMITTED.fetch_add(1, Ordering::Relaxed) + 1);
            job_response_items.push(JobSubmitResponseItem { job_id: id.clone(), error: String::new() });
            let (owner, job_set_id, queue) = (caller.name().to_owned(), job_set_id.clone(), name.clone());
            job_sets.submit(Job { id, job_set_id, queue, priority, namespace, owner, labels, annotations, client_id });
        }
        job_sets.change(&job_set_id, |job_set| job_set.places.push(place))?;
        Ok(Response::new(JobSubmitResponse { job_response_items }))
    }

    /// Cancels the jobs that are named, or all of the job set if none is.
    async fn cancel_jobs(&self, request: Request<JobCancelRequest>) -> Answer<CancellationResult> {
        let (caller, message, queue) = self.allowed(request, CANCEL, |message| &message.queue).await?;
        let mut ids: HashSet<_> = message.job_ids.into_iter().collect();
        ids.extend(Some(message.job_id).filter(|id| !id.is_empty()));
        let cancel = |set: &mut JobSet| set.cancel(caller.name(), |id, _| ids.is_empty() || ids.contains(id));
        let cancelled_ids = queue?.job_sets.change(&message.job_set_id, cancel)?;
        Ok(Response::new(CancellationResult { cancelled_ids }))
    }

    async fn cancel_job_set(&self, request: Request<JobSetCancelRequest>) -> Answer<()> {
        let (caller, message, queue) = self.allowed(request, CANCEL, |message| &message.queue).await?;
        let states: HashSet<_> = message.filter.unwrap_or_default().states.into_iter().collect();
        let is_meant = |_: &String, state| states.is_empty() || states.contains(&i32::from(state));
        queue?.job_sets.change(&message.job_set_id, |set| drop(set.cancel(caller.name(), is_meant))).map(Response::new)
    }

    async fn create_queue(&self, request: Request<Queue>) -> Answer<()> {
        QueueService::create_queue(self, request).await
    }

    async fn delete_queue(&self, request: Request<QueueDeleteRequest>) -> Answer<()> {
        QueueService::delete_queue(self, request).await
    }

    async fn get_queue_info(&self, request: Request<QueueInfoRequest>) -> Answer<QueueInfo> {
        let (.., queue) = self.allowed(request, WATCH, |message| &message.name).await?;
        let queue = queue?;
        Ok(Response::new(QueueInfo { name: queue.written.name.clone(), active_job_sets: queue.job_sets.active() }))
    }
}

#[async_trait]
impl QueueService for Queues {
    /// Creates a queue, or writes it anew.
    async fn create_queue(&self, request: Request<Queue>) -> Answer<()> {
        let (caller, written, _) = self.allowed(request, CREATE, |queue| &queue.name).await?;
        self.put(written, &caller).map(Response::new)
    }

    async fn update_queue(&self, request: Request<Queue>) -> Answer<()> {
        let (caller, written, queue) = self.allowed(request, CREATE, |queue| &queue.name).await?;
        queue.and_then(|_| self.put(written, &caller)).map(Response::new)
    }

    async fn delete_queue(&self, request: Request<QueueDeleteRequest>) -> Answer<()> {
        let (_, message, _) = self.allowed(request, DELETE, |message| &message.name).await?;
        self.remove(&message.name).map(Response::new)
    }

    /// For everybody whom the layer lets in.
    async fn get_queue(&self, request: Request<QueueGetRequest>) -> Answer<Queue> {
        Principal::from_extensions(request.extensions())?;
        Ok(Response::new(self.get(&request.get_ref().name)?.written.clone()))
    }
}

#[async_trait]
impl Event for Queues {
    type GetJobSetEventsStream = EventStream;

    async fn get_job_set_events(&self, request: Request<JobSetRequest>) -> Answer<EventStream> {
        let (_, message, queue) = self.allowed(request, WATCH, |message| &message.queue).await?;
        check("bytes of a job set's name", message.id.len(), MAX_NAME_LEN)?;
        let (job_sets, told) = (queue?.job_sets.clone(), message.from_message_id.parse().unwrap_or_default());
        if message.error_if_missing || !message.watch {
            job_sets.change(&message.id, |_| ())?;
        }
        Ok(Response::new(job_sets.events(message.id, told, message.watch)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_the_layer_a_method_refuses() {
        let request = Request::new(JobSubmitRequest::default());
        let refusal = Queues::default().submit_jobs(request).await.unwrap_err();
        assert_eq!(refusal.code(), tonic::Code::Internal);
    }
}
