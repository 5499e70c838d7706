//! Where objects are kept: in memory, for as long as the program runs.

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::body::{Failure, MAX_OBJECT};
use crate::event;
use crate::object::Object;

/// So many objects of a kind there can be in a namespace, and in all of them.
const ROOM: usize = 250;
const ALL_ROOM: usize = 2_500;

#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) workflows: Shelf,
    pub(crate) templates: Shelf,
    pub(crate) bindings: Shelf,
}

/// All objects of a kind, the oldest first.
#[derive(Clone)]
pub(crate) struct Shelf {
    pub(crate) resource: &'static str,
    objects: Arc<Mutex<Vec<Stored>>>,
}

/// As clients get it, all of them the same bytes: as values, a short text may take a lot of memory.
struct Stored {
    namespace: String,
    name: String,
    json: Bytes,
}

impl Store {
    /// With what the manifests in this folder have.
    pub(crate) fn load(folder: &str) -> Result<Self, Box<dyn Error>> {
        let shelf = |resource| Shelf { resource, objects: Arc::default() };
        let (templates, bindings) = (shelf("workflowtemplates"), shelf("workfloweventbindings"));
        let store = Self { workflows: shelf("workflows"), templates, bindings };
        for file in std::fs::read_dir(folder)? {
            let file = file?.path();
            let added = store.add(&std::fs::read_to_string(&file)?);
            added.map_err(|problem| format!("{}: {problem}", file.display()))?;
        }
        Ok(store)
    }

    /// Adds the objects of a manifest, in YAML or JSON.
    fn add(&self, manifest: &str) -> Result<(), Box<dyn Error>> {
        for value in serde_saphyr::from_multiple::<Value>(manifest)? {
            let object = Object::deserialize(&value)?;
            let shelf = match value["kind"].as_str() {
                Some("WorkflowTemplate") => &self.templates,
                Some("WorkflowEventBinding") => event::wanted(&value, RawValue::NULL).map(|_| &self.bindings)?,
                _ => return Err("neither a WorkflowTemplate nor a WorkflowEventBinding".into()),
            };
            let namespace = object.metadata.namespace.clone();
            shelf.add(&namespace, &[object.admit(&namespace, None)?]).map_err(|failure| format!("{failure:?}"))?;
        }
        Ok(())
    }
}

impl Shelf {
    /// Adds all of these to the namespace, or none.
    pub(crate) fn add(&self, namespace: &str, added: &[Object]) -> Result<(), Failure> {
        let mut new: Vec<Stored> = Vec::new();
        let mut objects = self.objects();
        for object in added {
            let name = &object.metadata.name;
            if objects.iter().chain(&new).any(|it| it.namespace == namespace && it.name == *name) {
                return Err(Failure::AlreadyExists(self.named(name)));
            }
            let json = Bytes::from(serde_json::to_vec(object)?.into_boxed_slice());
            if json.len() > MAX_OBJECT {
                return Err(Failure::TooLarge);
            }
            new.push(Stored { namespace: namespace.to_owned(), name: name.clone(), json });
        }
        let there = objects.iter().filter(|it| it.namespace == namespace).count();
        if there + new.len() > ROOM || objects.len() + new.len() > ALL_ROOM {
            return Err(Failure::NoRoom);
        }
        objects.append(&mut new);
        Ok(())
    }

    pub(crate) fn list(&self, namespace: &str) -> Vec<Bytes> {
        self.objects().iter().filter(|it| it.namespace == namespace).map(|it| it.json.clone()).collect()
    }

    pub(crate) fn get(&self, namespace: &str, name: &str) -> Result<Bytes, Failure> {
        let objects = self.objects();
        Ok(objects[self.position(&objects, namespace, name)?].json.clone())
    }

    pub(crate) fn remove(&self, namespace: &str, name: &str) -> Result<(), Failure> {
        let mut objects = self.objects();
        self.position(&objects, namespace, name).map(|at| drop(objects.remove(at)))
    }

    fn objects(&self) -> MutexGuard<'_, Vec<Stored>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn position(&self, objects: &[Stored], namespace: &str, name: &str) -> Result<usize, Failure> {
        let found = objects.iter().position(|it| it.namespace == namespace && it.name == name);
        found.ok_or_else(|| Failure::NotFound(self.named(name)))
    }

    fn named(&self, name: &str) -> String {
        format!("{}.argoproj.io {name:?}", self.resource)
    }
}
