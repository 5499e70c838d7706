//! The queues, kept in memory as far as there is room, and what each of them grants.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portcullis::{ExtraGrant, Grantee, Principal};
use prost::Message;
use tokio::sync::{Semaphore, SemaphorePermit};
use tonic::Status;

use crate::job_set::JobSets;
use crate::proto;

/// A place in [`ROOM`], held by what is kept.
pub(crate) type Place = SemaphorePermit<'static>;

/// For all queues and jobs, in bytes.
static ROOM: Semaphore = Semaphore::const_new(256 * 1024 * 1024);

/// Takes 16 KiB for a queue or a job and all that becomes of it, and 32 bytes for each that was sent: a map of short
/// labels is large.
pub(crate) fn place(entries: usize, sent: &impl Message) -> Result<Place, Status> {
    let bytes = u32::try_from(16 * 1024 * entries + 32 * sent.encoded_len()).unwrap_or(u32::MAX);
    let full = |_| Status::resource_exhausted("there is no room for more until a queue is deleted");
    ROOM.try_acquire_many(bytes).map_err(full)
}

/// What a queue can grant: nothing about itself.
const VERBS: [&str; 5] = ["submit", "cancel", "preempt", "reprioritize", "watch"];

/// Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Queues(Arc<Mutex<BTreeMap<String, Arc<Queue>>>>);

pub(crate) struct Queue {
    /// As somebody wrote it.
    pub(crate) written: proto::Queue,
    /// Which backend vouched for the writer. The users and groups that the queue names are of that one: alice of one
    /// backend is not alice of another.
    backend: String,
    pub(crate) job_sets: JobSets,
    _place: Place,
}

impl Queues {
    pub(crate) fn get(&self, name: &str) -> Result<Arc<Queue>, Status> {
        self.lock().get(name).cloned().ok_or_else(|| Status::not_found("there is no such queue"))
    }

    /// Adds a queue, or replaces what was written of it. Without owners it is the writer's. The same names as before stay
    /// those of the same backend: whoever changes the priority takes nothing over.
    pub(crate) fn put(&self, mut written: proto::Queue, writer: &Principal) -> Result<(), Status> {
        let mut queues = self.lock();
        let before = queues.get(&written.name);
        let names = |it: &proto::Queue| proto::Queue { priority_factor: 0.0, ..it.clone() };
        let same = before.filter(|queue| names(&queue.written) == names(&written));
        let backend = same.map_or(writer.backend(), |queue| &queue.backend).to_owned();
        if written.user_owners.is_empty() {
            written.user_owners.push(writer.name().to_owned());
        }
        let (job_sets, _place) = (before.map(|it| it.job_sets.clone()).unwrap_or_default(), place(1, &written)?);
        queues.insert(written.name.clone(), Arc::new(Queue { written, backend, job_sets, _place }));
        Ok(())
    }

    /// Removes a queue in which nothing is going on.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Status> {
        if !self.get(name)?.job_sets.active().is_empty() {
            return Err(Status::failed_precondition(format!("queue {name} has active jobs")));
        }
        self.lock().remove(name);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Queue>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// What it grants of a verb: to its owners, all of them.
    pub(crate) fn grants(&self, verb: &str) -> Vec<ExtraGrant<'_>> {
        let Self { written: proto::Queue { user_owners, group_owners, permissions, .. }, backend, .. } = self;
        let users = user_owners.iter().map(|name| ("User", name));
        let groups = group_owners.iter().map(|name| ("Group", name));
        let granting = permissions.iter().filter(|permission| permission.verbs.iter().any(|granted| granted == verb));
        let subjects = granting.flat_map(|it| &it.subjects).map(|subject| (subject.kind.as_str(), &subject.name));
        let grantees = users.chain(groups).chain(subjects).filter_map(|(kind, name)| match (kind, name.as_str()) {
            ("User", name) => Some(Grantee::User { backend, name }),
            // Armada has every caller in it.
            ("Group", "everyone") => Some(Grantee::Everyone),
            ("Group", group) => Some(Grantee::Group { backend, group }),
            _ => None,
        });
        grantees.filter(|_| VERBS.contains(&verb)).map(|grantee| ExtraGrant::new(grantee, &["*"])).collect()
    }
}
