//! What there is: DAGs with their runs, and pools. It is gone when the program ends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;

use crate::date;
use crate::failure::Failure;

/// What all handlers share.
#[derive(Clone, Default)]
pub(crate) struct Airflow(Arc<Mutex<Database>>);

pub(crate) struct Database {
    pub(crate) dags: Vec<Dag>,
    pub(crate) pools: Vec<Pool>,
}

pub(crate) struct Dag {
    pub(crate) id: &'static str,
    pub(crate) tasks: &'static [Task],
    /// The tasks of its runs then wait.
    pub(crate) is_paused: bool,
    pub(crate) runs: Vec<DagRun>,
}

pub(crate) struct Task {
    pub(crate) id: &'static str,
    pub(crate) command: &'static str,
}

#[derive(Clone)]
pub(crate) struct DagRun {
    pub(crate) run_id: String,
    pub(crate) execution_date: Timestamp,
    pub(crate) start_date: Timestamp,
    /// `"running"` from the beginning on: nothing here executes it, so none that is triggered ends.
    pub(crate) state: &'static str,
}

/// As clients see it.
#[derive(Clone, Serialize)]
pub(crate) struct Pool {
    pub(crate) id: usize,
    #[serde(rename = "pool")]
    pub(crate) name: String,
    /// How many tasks may run in it at a time; -1 is any number.
    pub(crate) slots: i64,
    pub(crate) description: Option<String>,
}

const BASH: &[Task] = &[
    Task { id: "runme_0", command: "echo \"{{ task_instance_key_str }}\" && sleep 1" },
    Task { id: "run_after_loop", command: "echo 1" },
];
const TUTORIAL: &[Task] = &[Task { id: "print_date", command: "date" }, Task { id: "sleep", command: "sleep 5" }];

impl Airflow {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Database> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Database {
    fn default() -> Self {
        // The run that the document asks for.
        let date = Timestamp::constant(1_479_296_055, 0);
        let run_id = format!("manual__{}", date::iso(date));
        let run = DagRun { run_id, execution_date: date, start_date: date, state: "success" };
        let dag = |(id, tasks)| Dag { id, tasks, is_paused: true, runs: vec![run.clone()] };
        let (name, description) = ("default_pool".to_owned(), Some("Default pool".to_owned()));
        Self {
            dags: [("example_bash_operator", BASH), ("tutorial", TUTORIAL)].map(dag).into(),
            pools: vec![Pool { id: 1, name, slots: 128, description }],
        }
    }
}

impl Database {
    pub(crate) fn dag(&mut self, id: &str) -> Result<&mut Dag, Failure> {
        let dag = self.dags.iter_mut().find(|dag| dag.id == id);
        dag.ok_or_else(|| Failure::not_found(format!("Dag id {id} not found in DagModel")))
    }
}

impl Dag {
    pub(crate) fn task(&self, id: &str) -> Result<&Task, Failure> {
        let task = self.tasks.iter().find(|task| task.id == id);
        task.ok_or_else(|| Failure::not_found(format!("Task {id} not found in dag {}", self.id)))
    }

    pub(crate) fn run(&self, date: Timestamp) -> Result<&DagRun, Failure> {
        let run = self.runs.iter().find(|run| run.execution_date == date);
        let date = date::shown(date);
        run.ok_or_else(|| Failure::not_found(format!("Dag Run for date {date} not found in dag {}", self.id)))
    }
}

/// Airflow's database has columns of a certain width.
pub(crate) fn bounded(what: &str, text: &str, most: usize) -> Result<(), Failure> {
    let over = || Failure::bad_request(format!("{what} has over {most} characters"));
    if text.chars().count() <= most { Ok(()) } else { Err(over()) }
}

/// Airflow's database is on a disk; here is less room.
pub(crate) fn room(what: &str, count: usize, most: usize) -> Result<(), Failure> {
    let told = || format!("there is no room for more than {most} {what}");
    if count < most { Ok(()) } else { Err(Failure::Airflow(StatusCode::TOO_MANY_REQUESTS, told())) }
}
