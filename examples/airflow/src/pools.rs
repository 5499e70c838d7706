//! Pools: how many tasks may run at a time.

use axum::Json;
use axum::extract::{Path, State};
use portcullis::{Action, Authorization};
use serde::Deserialize;
use serde_json::Value;

use crate::api::Sent;
use crate::failure::Failure;
use crate::state::{Airflow, Pool, bounded, room};

/// Which tasks are in that name none.
const DEFAULT: &str = "default_pool";

/// What a client sends.
#[derive(Deserialize)]
pub(crate) struct NewPool {
    name: String,
    /// A number. The command line sends it as a text.
    slots: Value,
    description: Option<String>,
}

pub(crate) async fn list(State(airflow): State<Airflow>) -> Json<Vec<Pool>> {
    Json(airflow.lock().pools.clone())
}

pub(crate) async fn one(State(airflow): State<Airflow>, Path(name): Path<String>) -> Result<Json<Pool>, Failure> {
    let database = airflow.lock();
    let pool = database.pools.iter().find(|pool| pool.name == name);
    pool.cloned().map(Json).ok_or_else(|| unknown(&name))
}

/// Makes a pool, for which the route has asked. Like Airflow, it also changes one that is there; but that takes leave to edit it.
pub(crate) async fn create(
    State(airflow): State<Airflow>,
    authorization: Authorization,
    Sent(NewPool { name, slots, description }): Sent<NewPool>,
) -> Result<Json<Pool>, Failure> {
    if name.trim().is_empty() {
        return Err(Failure::bad_request("Pool name shouldn't be empty"));
    }
    bounded("Pool name", &name, 50)?;
    bounded("description", description.as_deref().unwrap_or_default(), 1_000)?;
    let number = slots.as_i64().or_else(|| slots.as_str()?.trim().parse().ok());
    let slots = number.ok_or_else(|| Failure::bad_request(format!("Bad value for `slots`: {slots}")))?;
    {
        // Not held while somebody is asked.
        let mut database = airflow.lock();
        if database.pools.iter().all(|pool| pool.name != name) {
            room("pools", database.pools.len(), 100)?;
            let id = database.pools.last().map_or(1, |last| last.id + 1);
            let pool = Pool { id, name, slots, description };
            database.pools.push(pool.clone());
            return Ok(Json(pool));
        }
    }
    authorization.check(&Action::new("can_edit", "pools").name(&name)).await?;
    let mut database = airflow.lock();
    let pool = database.pools.iter_mut().find(|pool| pool.name == name).ok_or_else(|| unknown(&name))?;
    (pool.slots, pool.description) = (slots, description);
    Ok(Json(pool.clone()))
}

pub(crate) async fn delete(State(airflow): State<Airflow>, Path(name): Path<String>) -> Result<Json<Pool>, Failure> {
    if name == DEFAULT {
        return Err(Failure::bad_request(format!("{DEFAULT} cannot be deleted")));
    }
    let mut database = airflow.lock();
    let index = database.pools.iter().position(|pool| pool.name == name).ok_or_else(|| unknown(&name))?;
    Ok(Json(database.pools.remove(index)))
}

fn unknown(name: &str) -> Failure {
    Failure::not_found(format!("Pool '{name}' doesn't exist"))
}
