//! Airflow's roles.

use super::database;
use super::method::Method;
use crate::import::draft::{Draft, Mark, Value, table};

/// Airflow's actions on its resources, as far as its API has a use for them, and as all versions of Airflow 2 give them:
/// `audit_logs` went from Viewer to Admin with 2.8.2 (CVE-2024-26280), and `plugins` from Viewer to Op in 2024
/// (apache/airflow#39254).
/// Each role has what those before it have, and this. A resource is called as Airflow calls it, in lower case, with `_` for
/// a blank; what belongs to a DAG has the DAG for its namespace.
const ROLES: [(&str, &[Permissions]); 4] = [
    (
        "Viewer",
        &[
            (&["can_read"], &["dags", "dag_code", "dag_dependencies", "dag_runs", "dag_warnings"]),
            (&["can_read"], &["datasets", "task_instances", "task_logs", "xcoms"]),
            (&["can_read"], &["import_errors", "jobs", "sla_misses"]),
        ],
    ),
    (
        "User",
        &[
            (&["can_edit", "can_delete"], &["dags"]),
            (&["can_create", "can_edit", "can_delete"], &["dag_runs", "task_instances"]),
        ],
    ),
    (
        "Op",
        &[
            (&["can_read"], &["configurations", "plugins", "providers"]),
            (&["can_create", "can_read", "can_edit", "can_delete"], &["connections", "pools", "variables"]),
            (&["can_delete"], &["xcoms"]),
        ],
    ),
    ("Admin", &[(&["*"], &["*"])]),
];

/// Actions on resources.
type Permissions = (&'static [&'static str], &'static [&'static str]);

/// The roles, and how somebody gets them: nobody has one before the administrator has compared it with what it is in Airflow.
pub(super) fn write(methods: &[Method], draft: &mut Draft) {
    draft.blank();
    draft.comment(
        "Airflow's roles as it has them from the start, each of which adds to those before it. `Public` may do nothing, and has no \
         role here. A permission on `DAG:one` is a binding with `namespaces = [\"one\"]`.",
    );
    draft.note(
        Mark::NoEquivalent,
        "up to Airflow 2.8.1, Viewer, User and Op might read the audit log, of all DAGs (CVE-2024-26280); and \
         Viewer and User `plugins`, before apache/airflow#39254. As in later versions, they may not.",
    );
    definitions(draft);
    draft.blank();
    draft.note(
        Mark::ToDo,
        "see what the roles are in your Airflow: one that was changed in its web interface is in its database as it is, which \
         nothing here has read. One of these shows role, verb, and resource. Take out above what a role lacks there, and from a \
         binding below each role that would give more than that; only then take the `#` from the binding. As the file is, nobody \
         has a role.",
    );
    database::permissions(draft, ROLES.iter().map(|(name, _)| *name));
    // Airflow finds these among its own users, and their roles with them.
    for (backend, user) in [(Method::Kerberos, "alice@EXAMPLE.TEST"), (Method::Google, "alice@example.test")] {
        if methods.contains(&backend) {
            let (name, everybody) = match backend {
                Method::Kerberos => ("kerberos", "everybody with a ticket"),
                _ => ("google", "everybody with a Google account and such a token"),
            };
            draft.note(
                Mark::Insecure,
                &format!(
                    "Airflow let users of `{name}` do something only if its database had them, as active users. Here {everybody} \
                     is known, and may do nothing until a binding names them: bind users by name, never everybody."
                ),
            );
            draft.note(
                Mark::ToDo,
                &format!("bind each active user of `{name}` by name, with the roles that they had in Airflow; they have no groups:"),
            );
            binding(draft, &["Viewer", "User"], table([("backend", name.into()), ("user", user.into())]));
        }
    }
    if methods.contains(&Method::Basic) {
        draft.note(Mark::ToDo, "bind the groups of `basic`, which are Airflow's roles:");
        for (index, (name, _)) in ROLES.iter().enumerate() {
            let roles: Vec<_> = ROLES[..=index].iter().map(|(name, _)| *name).collect();
            binding(draft, &roles, table([("backend", "basic".into()), ("group", (*name).into())]));
        }
    }
}

/// A binding that counts for nothing yet.
fn binding(draft: &mut Draft, roles: &[&str], subject: Value) {
    draft.example("[[binding]]");
    draft.example(&format!("roles = {}", roles.iter().copied().collect::<Value>()));
    draft.example(&format!("subjects = {}", Value::List(vec![subject])));
}

/// Where Airflow asks for no role: everybody has the one that may do everything.
pub(super) fn write_for_everybody(draft: &mut Draft) {
    draft.blank();
    draft.comment("The roles of Airflow's web interface. Each adds to those before it.");
    definitions(draft);
    draft.blank();
    draft.note(
        Mark::Insecure,
        "Airflow 1.10's experimental API asks for no role: whoever got in could run every DAG, and so it is here. Better, in place \
         of this: bind each user by name (`subjects = [{ user = \"alice\" }]`) to what they need (`roles = [\"Viewer\", \"User\"]`).",
    );
    draft.header("[[binding]]");
    draft.key("role", "Admin");
    draft.key("subjects", ["authenticated"].into_iter().collect::<Value>());
}

fn definitions(draft: &mut Draft) {
    for (name, permissions) in ROLES {
        draft.blank();
        draft.header_of("role", name);
        let rules = permissions.iter().map(|(verbs, resources)| {
            table([("verbs", verbs.iter().copied().collect()), ("resources", resources.iter().copied().collect())])
        });
        draft.key("rules", Value::List(rules.collect()));
    }
}
