//! Job sets: their jobs, and what became of them. The jobs do nothing but take their time.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::watch;
use tonic::Status;

use crate::proto::event_message::Events;
use crate::proto::{EventMessage, EventStreamMessage, Job, JobEvent, JobSetInfo, JobState, JobSubmittedEvent};
use crate::queues::Place;

/// A job is in each state for so long.
const STEP: Duration = Duration::from_millis(50);

/// What happens to a job.
const LIFE: [JobState; 4] = [JobState::Leased, JobState::Pending, JobState::Running, JobState::Succeeded];

pub(crate) type EventStream = BoxStream<'static, Result<EventStreamMessage, Status>>;

/// Those of a queue, by name. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct JobSets(watch::Sender<BTreeMap<String, JobSet>>);

#[derive(Default)]
pub(crate) struct JobSet {
    queue: String,
    name: String,
    /// The jobs that have not come to an end.
    active: BTreeMap<String, JobState>,
    events: Vec<EventMessage>,
    /// What its jobs, and so their events, take up.
    pub(crate) places: Vec<Place>,
}

impl JobSets {
    /// Begins a job, and has it run by itself: with the label `endless`, until it is cancelled.
    pub(crate) fn submit(&self, job: Job) {
        let (job_sets, id, name, queue) = (self.clone(), job.id.clone(), job.job_set_id.clone(), job.queue.clone());
        let end = LIFE.len() - usize::from(job.labels.contains_key("endless"));
        let new = || JobSet { queue, name: name.clone(), ..JobSet::default() };
        self.0.send_modify(|job_sets| job_sets.entry(name.clone()).or_insert_with(new).add(job));
        tokio::spawn(async move {
            for state in &LIFE[..end] {
                tokio::time::sleep(STEP).await;
                let _ = job_sets.change(&name, |job_set| job_set.advance(&id, *state));
            }
        });
    }

    /// Does this to a job set that is there.
    pub(crate) fn change<T>(&self, name: &str, change: impl FnOnce(&mut JobSet) -> T) -> Result<T, Status> {
        let mut done = None;
        self.0.send_modify(|job_sets| done = job_sets.get_mut(name).map(change));
        done.ok_or_else(|| Status::not_found("there is no such job set"))
    }

    /// What is going on.
    pub(crate) fn active(&self) -> Vec<JobSetInfo> {
        let job_sets = self.0.borrow();
        let active = job_sets.values().filter(|job_set| !job_set.active.is_empty());
        let info = active.map(|JobSet { name, active, .. }| {
            let queued_jobs = active.values().filter(|state| **state == JobState::Queued).count() as i32;
            JobSetInfo { name: name.clone(), queued_jobs, leased_jobs: active.len() as i32 - queued_jobs }
        });
        info.collect()
    }

    /// The events of a job set after the first `told`; and with `follow`, whatever comes, even if it is not there yet.
    pub(crate) fn events(&self, name: String, told: usize, follow: bool) -> EventStream {
        let events = stream::unfold((self.0.subscribe(), name, told), move |(mut job_sets, name, told)| async move {
            if follow {
                job_sets.wait_for(|it| it.get(&name).is_some_and(|job_set| job_set.events.len() > told)).await.ok()?;
            }
            let message = Some(job_sets.borrow().get(&name)?.events.get(told)?.clone());
            Some((Ok(EventStreamMessage { id: (told + 1).to_string(), message }), (job_sets, name, told + 1)))
        });
        events.boxed()
    }
}

impl JobSet {
    /// Cancels the active jobs that are meant, and returns which.
    pub(crate) fn cancel(&mut self, requestor: &str, is_meant: impl Fn(&String, JobState) -> bool) -> Vec<String> {
        let meant = self.active.iter().filter(|(id, state)| is_meant(id, **state));
        let cancelled: Vec<_> = meant.map(|(id, _)| id.clone()).collect();
        for id in &cancelled {
            self.active.remove(id);
            self.tell(id, requestor, Events::Cancelling);
            self.tell(id, requestor, Events::Cancelled);
        }
        cancelled
    }

    fn add(&mut self, job: Job) {
        let id = job.id.clone();
        self.tell(&id, "", |JobEvent { job_id, job_set_id, queue, created, .. }| {
            Events::Submitted(JobSubmittedEvent { job_id, job_set_id, queue, created, job: Some(job) })
        });
        self.tell(&id, "", Events::Queued);
        self.active.insert(id, JobState::Queued);
    }

    /// Does nothing to a job that was cancelled.
    fn advance(&mut self, id: &str, to: JobState) {
        let Some(state) = self.active.get_mut(id) else { return };
        *state = to;
        match to {
            JobState::Leased => self.tell(id, "", Events::Leased),
            JobState::Pending => self.tell(id, "", Events::Pending),
            JobState::Running => self.tell(id, "", Events::Running),
            _ => {
                self.active.remove(id);
                self.tell(id, "", Events::Succeeded);
            }
        }
    }

    fn tell(&mut self, id: &str, requestor: &str, event: impl FnOnce(JobEvent) -> Events) {
        let (job_id, job_set_id, queue) = (id.to_owned(), self.name.clone(), self.queue.clone());
        let (created, requestor) = (Some(SystemTime::now().into()), requestor.to_owned());
        let events = Some(event(JobEvent { job_id, job_set_id, queue, created, requestor }));
        self.events.push(EventMessage { events });
    }
}
