//! What Airflow's database is asked for, by the administrator: nothing here contacts it.

use crate::import::draft::Draft;

/// The commands that write two columns into a file, with something between them, for each database that Airflow may have.
pub(super) fn export(draft: &mut Draft, [left, between, right]: [&str; 3], from: &str, file: &str) {
    let row = format!("{left} || '{between}' || {right}");
    let concatenated = format!("CONCAT({left}, '{between}', {right})");
    ask(draft, [&row, &row, &concatenated].map(|row| format!("SELECT {row} {from}")), &format!(" > {file}"));
}

/// The commands that show what these roles may do, as a rule here says it.
pub(super) fn permissions<'a>(draft: &mut Draft, roles: impl Iterator<Item = &'a str>) {
    let roles: Vec<_> = roles.map(|role| format!("'{role}'")).collect();
    let query = format!(
        "SELECT ab_role.name, ab_permission.name, LOWER(REPLACE(ab_view_menu.name, ' ', '_')) FROM ab_permission_view_role JOIN \
         ab_role ON ab_role.id = ab_permission_view_role.role_id JOIN ab_permission_view ON ab_permission_view.id = \
         ab_permission_view_role.permission_view_id JOIN ab_permission ON ab_permission.id = ab_permission_view.permission_id \
         JOIN ab_view_menu ON ab_view_menu.id = ab_permission_view.view_menu_id WHERE ab_role.name IN ({}) ORDER BY 1, 3, 2",
        roles.join(", ")
    );
    ask(draft, [query.clone(), query.clone(), query], "");
}

fn ask(draft: &mut Draft, [sqlite, postgres, mysql]: [String; 3], then: &str) {
    draft.example(&format!("sqlite3 airflow.db \"{sqlite}\"{then}"));
    draft.example(&format!("psql -At -c \"{postgres}\" airflow{then}"));
    draft.example(&format!("mysql -BN -e \"{mysql}\" airflow{then}"));
}
