//! `counterpart list`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::args::{Common, List, ListFormat};
use crate::cli::disk;
use crate::cli::output::{OK, Stop, print, print_json};
use crate::contract::Operation;
use crate::contract::scopes::ScopeRules;
use crate::project::Config;
use crate::report::safe;

pub(super) fn run(common: &Common, list: &List, config: Config) -> Result<u8, Stop> {
    let project = disk::project(common, list.doc.as_deref(), config)?;
    let rules = project.settings.scope_rules();
    let operations: Vec<&Operation> = project
        .contract
        .operations
        .iter()
        .filter(|operation| list.held.as_ref().is_none_or(|held| is_reachable(operation, held, &rules)))
        .collect();
    let statuses = |operation: &Operation| -> Vec<String> {
        operation.responses.iter().map(|response| response.status.to_string()).collect()
    };
    let mut out = String::new();
    match list.format {
        ListFormat::Json => {
            let rows: Vec<Value> = operations
                .iter()
                .map(|operation| {
                    let fixtures: Vec<&str> = project.fixtures.of(operation.index).map(|f| f.file.as_str()).collect();
                    json!({
                        "operation": operation.id, "method": operation.method.as_str(), "path": operation.path(),
                        "scopes": operation.scopes(), "statuses": statuses(operation), "fixtures": fixtures,
                        "summary": operation.summary,
                    })
                })
                .collect();
            print_json(&rows)?;
        }
        ListFormat::Table => {
            let width =
                |of: &dyn Fn(&Operation) -> usize| operations.iter().map(|o| of(o)).max().unwrap_or(0);
            let id = width(&|o| o.id.chars().count());
            let method = width(&|o| o.method.as_str().len());
            let path = width(&|o| o.path().chars().count());
            for operation in &operations {
                let line = format!(
                    "{:id$}  {:method$}  {:path$}  {}  {}",
                    safe(&operation.id),
                    operation.method.as_str(),
                    safe(operation.path()),
                    statuses(operation).join(" "),
                    safe(&operation.scopes().join(" + ")),
                );
                let _ = writeln!(out, "{}", line.trim_end());
            }
        }
    }
    print(&out)?;
    Ok(OK)
}

/// Whether a key with these scopes is let in.
fn is_reachable(operation: &Operation, held: &[String], rules: &ScopeRules) -> bool {
    operation.is_open()
        || operation.security.iter().any(|requirement| rules.missing(&requirement.scopes, held).is_none())
}
