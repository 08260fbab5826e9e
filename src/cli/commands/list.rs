//! `counterpart list`.

use serde_json::{Value, json};

use crate::cli::args::{Common, List, ListFormat};
use crate::cli::disk;
use crate::cli::output::{OK, Stop, print, print_json, tell};
use crate::config::{near, nearest};
use crate::contract::Operation;
use crate::contract::scopes::ScopeRules;
use crate::project::{Config, Project};
use crate::report::safe;

pub(super) fn run(common: &Common, list: &List, config: &Config) -> Result<u8, Stop> {
    let projects = disk::projects(common, list.doc.as_deref(), config)?;
    known_scopes(&projects, list.held.as_deref().unwrap_or_default())?;
    let listed: Vec<(&Project, &Operation)> =
        projects.iter().flat_map(|project| of(project, list.held.as_deref())).collect();
    let is_alone = projects.len() == 1;
    match list.format {
        ListFormat::Json => {
            let rows: Vec<Value> = listed.iter().map(|(project, o)| row(project, o, is_alone)).collect();
            print_json(&rows)?;
        }
        ListFormat::Table => print(&table(&listed, is_alone))?,
    }
    Ok(OK)
}

/// The operations of a document that a key with these scopes can call.
fn of<'p>(project: &'p Project, held: Option<&[String]>) -> Vec<(&'p Project, &'p Operation)> {
    let rules = project.settings.scope_rules();
    let is_listed = |operation: &&Operation| held.is_none_or(|held| is_reachable(operation, held, &rules));
    project.contract.operations.iter().filter(is_listed).map(|operation| (project, operation)).collect()
}

/// Refuses scopes that no operation asks for where they look like slips of the pen, or where no other is known: the list
/// would be shorter than it should be. A key may hold what belongs to another API, which is only told of.
fn known_scopes(projects: &[Project], held: &[String]) -> Result<(), Stop> {
    let is_of = |scope: &String, project: &Project| {
        let rules = project.settings.scope_rules();
        project.contract.scopes.names().iter().any(|name| rules.satisfies(scope, name))
    };
    let is_known = |scope: &&String| projects.iter().any(|project| is_of(scope, project));
    let (known, unknown): (Vec<&String>, Vec<&String>) = held.iter().partition(is_known);
    let mut wrong = Vec::new();
    for scope in unknown {
        let names =
            || projects.iter().flat_map(|project| project.contract.scopes.names()).map(String::as_str);
        let text = format!("--held: no operation asks for the scope {scope:?}; {}", nearest(scope, names()));
        if known.is_empty() || near(scope, names()).is_some() {
            wrong.push(text);
        } else {
            tell("warning", &text);
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Stop::usage(wrong.join("\n"))) }
}

fn statuses(operation: &Operation) -> Vec<String> {
    operation.responses.iter().map(|response| response.status.to_string()).collect()
}

fn row(project: &Project, operation: &Operation, is_alone: bool) -> Value {
    let fixtures: Vec<&str> = project.fixtures.of(operation.index).map(|f| f.file.as_str()).collect();
    let mut row = json!({
        "operation": operation.id, "method": operation.method.as_str(), "path": operation.path(),
        "scopes": operation.scopes(), "statuses": statuses(operation), "fixtures": fixtures,
        "summary": operation.summary,
    });
    if let Some(members) = row.as_object_mut().filter(|_| !is_alone) {
        members.shift_insert(0, "document_name".to_owned(), json!(project.name));
    }
    row
}

/// One line for each operation; the name of its document goes first where there are several.
fn table(listed: &[(&Project, &Operation)], is_alone: bool) -> String {
    let rows: Vec<[String; 6]> = listed
        .iter()
        .map(|(project, operation)| {
            [
                if is_alone { String::new() } else { safe(&project.name).to_string() },
                safe(&operation.id).to_string(),
                operation.method.to_string(),
                safe(operation.path()).to_string(),
                statuses(operation).join(" "),
                safe(&operation.scopes().join(" + ")).to_string(),
            ]
        })
        .collect();
    // The last two columns are not filled up.
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3), 0, 0];
    let line = |row: &[String; 6]| {
        let cells = row.iter().zip(widths).skip(usize::from(is_alone));
        let line: Vec<String> = cells.map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{}\n", line.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// Whether a key with these scopes is let in.
fn is_reachable(operation: &Operation, held: &[String], rules: &ScopeRules) -> bool {
    operation.is_open()
        || operation.security.iter().any(|requirement| rules.missing(&requirement.scopes, held).is_none())
}
