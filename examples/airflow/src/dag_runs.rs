//! Runs of a DAG: to trigger one, and to look at them.

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use portcullis::{Action, Authorization, Decision, Principal};
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::info;

use crate::api::Sent;
use crate::date;
use crate::failure::Failure;
use crate::state::{Airflow, Dag, DagRun, bounded, room};

/// What a client sends. All of it may be left out, or null.
#[derive(Deserialize)]
pub(crate) struct Trigger {
    run_id: Option<String>,
    /// For the tasks, of which none is executed here: an object, or a string that holds JSON.
    conf: Option<Value>,
    /// Default: now, in whole seconds.
    execution_date: Option<String>,
}

impl Trigger {
    fn run(self) -> Result<DagRun, Failure> {
        let now = Timestamp::now();
        let conf = self.conf.as_ref().and_then(Value::as_str).filter(|conf| !conf.is_empty());
        if conf.is_some_and(|conf| serde_json::from_str::<Value>(conf).is_err()) {
            return Err(Failure::bad_request("conf is not JSON"));
        }
        let whole = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let execution_date = self.execution_date.as_deref().map_or(Ok(whole), date::parse)?;
        let run_id = self.run_id.filter(|id| !id.is_empty());
        let run_id = run_id.unwrap_or_else(|| format!("manual__{}", date::iso(execution_date)));
        bounded("run_id", &run_id, 250)?;
        Ok(DagRun { run_id, execution_date, start_date: now, state: "running" })
    }
}

pub(crate) async fn trigger(
    State(airflow): State<Airflow>,
    principal: Principal,
    Path(dag_id): Path<String>,
    Sent(trigger): Sent<Trigger>,
) -> Result<Json<Value>, Failure> {
    let run = trigger.run()?;
    let mut database = airflow.lock();
    let dag = database.dag(&dag_id)?;
    let same = |other: &&DagRun| other.run_id == run.run_id || other.execution_date == run.execution_date;
    if let Some(DagRun { run_id, .. }) = dag.runs.iter().find(same) {
        return Err(Failure::bad_request(format!("Run id {run_id} already exists for dag id {dag_id}")));
    }
    room("runs", dag.runs.len(), 1_000)?;
    dag.runs.push(run.clone());
    info!(user = principal.name(), dag = dag_id, run = ?run.run_id, "triggered");
    let DagRun { run_id, execution_date, .. } = run;
    let shown = date::shown(execution_date);
    Ok(Json(json!({
        "message": format!("Created <DagRun {dag_id} @ {shown}: {run_id}, externally triggered: True>"),
        "execution_date": date::iso(execution_date),
        "run_id": run_id,
    })))
}

pub(crate) async fn list(State(airflow): State<Airflow>, Path(dag_id): Path<String>) -> Result<Json<Value>, Failure> {
    let mut database = airflow.lock();
    // To this one question Airflow answers 400, not 404.
    let unknown = |_| Failure::bad_request(format!("Dag id {dag_id} not found in DagModel"));
    let dag = database.dag(&dag_id).map_err(unknown)?;
    let runs = dag.runs.iter().enumerate().map(|(index, run)| {
        let mut shown = for_the_ui(&dag_id, run);
        shown["id"] = json!(index + 1);
        shown["run_id"] = json!(run.run_id);
        shown["state"] = json!(run.state);
        shown
    });
    Ok(Json(runs.collect()))
}

pub(crate) async fn status(
    State(airflow): State<Airflow>,
    Path((dag_id, execution_date)): Path<(String, String)>,
) -> Result<Json<Value>, Failure> {
    let date = date::parse(&execution_date)?;
    let mut database = airflow.lock();
    Ok(Json(json!({ "state": database.dag(&dag_id)?.run(date)?.state })))
}

/// What became of a task in a run.
pub(crate) async fn task_instance(
    State(airflow): State<Airflow>,
    Path((dag_id, execution_date, task_id)): Path<(String, String, String)>,
) -> Result<Json<Value>, Failure> {
    let date = date::parse(&execution_date)?;
    let mut database = airflow.lock();
    let dag = database.dag(&dag_id)?;
    let (task, run) = (dag.task(&task_id)?, dag.run(date)?);
    let state = match run.state {
        "running" if dag.is_paused => "None",
        "running" => "scheduled",
        ended => ended,
    };
    Ok(Json(json!({
        "dag_id": dag.id,
        "task_id": task.id,
        "execution_date": date::shown(date),
        "state": state,
        "operator": "BashOperator",
        "pool": "default_pool",
        "queue": "default",
        "max_tries": "0",
    })))
}

/// The latest run of each DAG whose runs the caller may read. The route lets anybody in who is known, since no path says which
/// DAGs are meant.
pub(crate) async fn latest(
    State(airflow): State<Airflow>,
    authorization: Authorization,
) -> Result<Json<Value>, Failure> {
    let of = |dag: &Dag| Some((dag.id, dag.runs.iter().max_by_key(|run| run.execution_date)?.clone()));
    let latest: Vec<_> = airflow.lock().dags.iter().filter_map(of).collect();
    let mut items = Vec::new();
    for (dag_id, run) in latest {
        let action = Action::new("can_read", "dag_runs").namespace(dag_id);
        match authorization.decide(&action).await {
            Decision::Allow(_) => items.push(for_the_ui(dag_id, &run)),
            // That nobody could be asked is no "no".
            decision @ Decision::Unavailable(_) => authorization.outcome(&action, &decision)?,
            _ => {}
        }
    }
    Ok(Json(json!({ "items": items })))
}

fn for_the_ui(dag_id: &str, run: &DagRun) -> Value {
    let date = date::shown(run.execution_date).replace('+', "%2B").replace(':', "%3A").replace(' ', "+");
    json!({
        "dag_id": dag_id,
        "execution_date": date::iso(run.execution_date),
        "start_date": date::iso(run.start_date),
        "dag_run_url": format!("/admin/airflow/graph?dag_id={dag_id}&execution_date={date}"),
    })
}
