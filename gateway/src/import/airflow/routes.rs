//! What Airflow's APIs ask of a caller.

use crate::import::draft::{Draft, Value, table};

const EXPERIMENTAL: &str = include_str!("experimental.toml");

/// A method, and the action that it is.
type Call = (&'static str, &'static str);

const READ: Call = ("GET", "can_read");
const CREATE: Call = ("POST", "can_create");
const EDIT: Call = ("PATCH", "can_edit");
const DELETE: Call = ("DELETE", "can_delete");
/// A list whose filter is in the body.
const LIST: Call = ("POST", "can_read");
/// A change that has a name.
const CHANGE: Call = ("POST", "can_edit");

/// Below `/api/v1`, what Airflow 2.6 documents: a path, the resource, and what is done with it. Of the permissions that Airflow
/// asks for at once, it is the one that the fewest roles have: whoever may edit the runs of a DAG may read the DAG.
const STABLE: [(&str, &str, &[Call]); 48] = [
    ("/connections", "connections", &[READ, CREATE]),
    ("/connections/test", "connections", &[CREATE]),
    ("/connections/{connection_id}", "connections", &[READ, EDIT, DELETE]),
    ("/dags", "dags", &[READ, EDIT]),
    ("/dags/{dag_id}", "dags", &[READ, EDIT, DELETE]),
    ("/dags/{dag_id}/details", "dags", &[READ]),
    ("/dags/{dag_id}/tasks", "task_instances", &[READ]),
    ("/dags/{dag_id}/tasks/{task_id}", "task_instances", &[READ]),
    ("/dags/{dag_id}/clearTaskInstances", "task_instances", &[CHANGE]),
    ("/dags/{dag_id}/updateTaskInstancesState", "task_instances", &[CHANGE]),
    ("/dags/~/dagRuns/list", "dag_runs", &[LIST]),
    ("/dags/{dag_id}/dagRuns", "dag_runs", &[READ, CREATE]),
    ("/dags/{dag_id}/dagRuns/{dag_run_id}", "dag_runs", &[READ, EDIT, DELETE]),
    ("/dags/{dag_id}/dagRuns/{dag_run_id}/clear", "dag_runs", &[CHANGE]),
    ("/dags/{dag_id}/dagRuns/{dag_run_id}/setNote", "dag_runs", &[EDIT]),
    ("/dags/{dag_id}/dagRuns/{dag_run_id}/upstreamDatasetEvents", "dag_runs", &[READ]),
    ("/dags/~/dagRuns/~/taskInstances/list", "task_instances", &[LIST]),
    ("/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances", "task_instances", &[READ]),
    ("/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}", "task_instances", &[READ, EDIT]),
    ("/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/listMapped", "task_instances", &[READ]),
    ("/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/setNote", "task_instances", &[EDIT]),
    ("/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/links", "task_instances", &[READ]),
    ("/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}", "task_instances", &[READ, EDIT]),
    ("/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/setNote", "task_instances", &[EDIT]),
    ("/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/logs/{task_try_number}", "task_logs", &[READ]),
    ("/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries", "xcoms", &[READ]),
    ("/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries/{xcom_key}", "xcoms", &[READ]),
    ("/dagSources/{file_token}", "dag_code", &[READ]),
    ("/dagWarnings", "dag_warnings", &[READ]),
    ("/datasets", "datasets", &[READ]),
    ("/datasets/events", "datasets", &[READ]),
    ("/datasets/{uri}", "datasets", &[READ]),
    ("/eventLogs", "audit_logs", &[READ]),
    ("/eventLogs/{event_log_id}", "audit_logs", &[READ]),
    ("/importErrors", "import_errors", &[READ]),
    ("/importErrors/{import_error_id}", "import_errors", &[READ]),
    ("/plugins", "plugins", &[READ]),
    ("/pools", "pools", &[READ, CREATE]),
    ("/pools/{pool_name}", "pools", &[READ, EDIT, DELETE]),
    ("/providers", "providers", &[READ]),
    ("/variables", "variables", &[READ, CREATE]),
    ("/variables/{variable_key}", "variables", &[READ, EDIT, DELETE]),
    ("/config", "configurations", &[READ]),
    ("/permissions", "permissions", &[READ]),
    ("/roles", "roles", &[READ, CREATE]),
    ("/roles/{role_name}", "roles", &[READ, EDIT, DELETE]),
    ("/users", "users", &[READ, CREATE]),
    ("/users/{username}", "users", &[READ, EDIT, DELETE]),
];

/// Those of the stable API for which Airflow wants no credential.
const PUBLIC: [&str; 2] = ["/api/v1/health", "/api/v1/version"];

/// Airflow 2's API: whoever gets in may do what their roles say, and nothing else.
pub(super) fn stable(draft: &mut Draft) {
    draft.blank();
    draft.comment(
        "The stable REST API, as Airflow 2.6 documents it: what a request needs, in the terms of Airflow's roles. What stands in \
         no route is denied: the paths of other versions, and the experimental API. For a path of your own, add a route.",
    );
    for path in PUBLIC {
        header(draft, "GET", path);
        draft.key("public", true);
    }
    for (path, resource, calls) in STABLE {
        for (method, verb) in calls {
            header(draft, method, &format!("/api/v1{path}"));
            let (verb, resource) = ((*verb).into(), resource.into());
            let action = if path.starts_with("/dags/{dag_id}") {
                table([("verb", verb), ("resource", resource), ("namespace", "{dag_id}".into())])
            } else {
                table([("verb", verb), ("resource", resource)])
            };
            draft.key("action", action);
        }
    }
}

/// The documented API of 1.10, in the terms of Airflow's roles. That API itself has none.
pub(super) fn experimental(draft: &mut Draft) {
    draft.blank();
    draft.comment(
        "The experimental API, as Airflow 1.10 documents it: what a request needs, in the terms that Airflow's roles have. What stands \
         in no route is denied. For a path of your own, add a route.",
    );
    draft.blank();
    draft.verbatim(EXPERIMENTAL);
}

fn header(draft: &mut Draft, method: &str, path: &str) {
    draft.blank();
    draft.header("[[route]]");
    draft.key("methods", [method].into_iter().collect::<Value>());
    draft.key("path", path);
}
