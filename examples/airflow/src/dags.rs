//! DAGs: their tasks, and to pause one.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::state::Airflow;

/// All values are texts, as Airflow has them.
pub(crate) async fn task(
    State(airflow): State<Airflow>,
    Path((dag_id, task_id)): Path<(String, String)>,
) -> Result<Json<Value>, Failure> {
    let mut database = airflow.lock();
    let task = database.dag(&dag_id)?.task(&task_id)?;
    Ok(Json(json!({
        "task_id": task.id,
        "bash_command": task.command,
        "owner": "Airflow",
        "pool": "default_pool",
        "queue": "default",
        "retries": "0",
        "depends_on_past": "False",
        "trigger_rule": "all_success",
    })))
}

pub(crate) async fn pause(
    State(airflow): State<Airflow>,
    Path((dag_id, paused)): Path<(String, String)>,
) -> Result<Json<Value>, Failure> {
    let is_paused = paused.parse().map_err(|_| Failure::bad_request("paused must be true or false"))?;
    airflow.lock().dag(&dag_id)?.is_paused = is_paused;
    Ok(Json(json!({ "response": "ok" })))
}
