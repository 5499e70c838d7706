//! The `[[route]]` sections, put together. What they say is in [`RouteConfig`].

use super::document::Document;
use super::error::Problem;
use super::table::Table;
use crate::route::{RouteConfig, Routes};

/// Compiles what the document says, and adds what is wrong with it to `problems`, and what is only odd to `warnings`.
pub(super) fn read(document: &Document, problems: &mut Vec<Problem>, warnings: &mut Vec<String>) -> Routes {
    let Some(member) = document.section("route") else { return Routes::default() };
    let source = document.source();
    let array = match member.array(source, "route") {
        Ok(array) => array,
        Err(problem) => {
            problems.push(problem);
            return Routes::default();
        }
    };
    let (mut tables, mut sections) = (Vec::new(), Vec::new());
    for (index, value) in array.iter().enumerate() {
        let table = Table::new(source, format!("route[{index}]"), "[[route]]", value.start, value, &[]);
        match table.map_err(|problem| vec![problem]).and_then(|table| Ok((table.read::<RouteConfig>()?, table))) {
            Ok((config, table)) => {
                sections.push((config, table.place(&[])));
                tables.push(table);
            }
            Err(found) => problems.extend(found),
        }
    }
    match Routes::compile(&sections) {
        Ok(routes) => {
            let remarks = routes.remarks();
            warnings.extend(remarks.iter().map(|(index, remark)| tables[*index].invalid(remark).to_string()));
            routes
        }
        Err(found) => {
            problems.extend(found.iter().map(|(index, invalid)| tables[*index].invalid(invalid)));
            Routes::default()
        }
    }
}
