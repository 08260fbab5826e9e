//! `counterpart lint`.

use serde_json::{Value, json};

use crate::cli::args::{Common, Lint, LintFormat};
use crate::cli::output::{FINDINGS, OK, Stop, print, print_bytes, print_json};
use crate::cli::{diagnostics, disk};
use crate::contract::{self, Contract};
use crate::document::{Level, Problem};
use crate::project::{Config, Project, SourceTexts};
use crate::redact;
use crate::report;
use crate::report::github::{data, property};

pub(super) fn run(common: &Common, lint: &Lint, config: &Config) -> Result<u8, Stop> {
    let projects = match disk::projects(common, lint.doc.as_deref(), config) {
        Ok(projects) => projects,
        Err(stop) => {
            // What a program reads is whole, whatever is wrong.
            if !matches!(lint.format, LintFormat::Text) {
                print_rows(lint.format, &stopped(&stop, lint.doc.as_deref().unwrap_or_default()))?;
            }
            return Err(stop);
        }
    };
    let found: Vec<Found<'_>> = projects.iter().map(Found::of).collect();
    let problems = || found.iter().flat_map(|of| &of.problems);
    let errors = problems().filter(|problem| problem.level == Level::Error).count();
    if matches!(lint.format, LintFormat::Text) {
        let count = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let shown: String = found.iter().map(|of| diagnostics::show(&of.problems, of.texts)).collect();
        let warnings = problems().count() - errors;
        print(&format!("{shown}{}, {}\n", count(errors, "error"), count(warnings, "warning")))?;
    } else {
        let rows: Vec<Value> =
            found.iter().flat_map(|of| diagnostics::objects(&of.problems, of.texts)).collect();
        print_rows(lint.format, &rows)?;
    }
    Ok(if errors > 0 { FINDINGS } else { OK })
}

/// What keeps a document from being looked at, as a problem of it.
fn stopped(stop: &Stop, doc: &str) -> Vec<Value> {
    if !stop.objects.is_empty() {
        return stop.objects.clone();
    }
    vec![json!({
        "level": "error", "message": stop.message, "file": redact::address(doc), "pointer": "", "line": null,
        "column": null, "help": null,
    })]
}

/// Prints problems for programs; each is an object as the log has them.
fn print_rows(format: LintFormat, rows: &[Value]) -> Result<(), Stop> {
    match format {
        LintFormat::Sarif => print_json(&sarif(rows)),
        LintFormat::Github => print_bytes(rows.iter().map(github).collect::<String>().as_bytes()),
        LintFormat::Json | LintFormat::Text => print_json(&rows),
    }
}

/// What is wrong with one document.
struct Found<'p> {
    problems: Vec<Problem>,
    texts: &'p SourceTexts,
}

impl<'p> Found<'p> {
    fn of(project: &'p Project) -> Self {
        let mut problems = project.problems.clone();
        problems.extend(contract::lint(&project.contract));
        problems.extend(numeric_keys(&project.contract, &project.texts));
        Self { problems, texts: &project.texts }
    }
}

/// Response keys that YAML reads as numbers: the tree has them as text, so only the source text shows it.
fn numeric_keys(contract: &Contract, texts: &SourceTexts) -> Option<Problem> {
    let mut lines = texts.lines();
    let mut places = Vec::new();
    for operation in &contract.operations {
        let Some(responses) = contract.document.at(&format!("{}/responses", operation.pointer)) else {
            continue;
        };
        for key in responses.as_object().into_iter().flat_map(|responses| responses.keys()) {
            let place = contract.place(&format!("{}/responses/{key}", operation.pointer));
            if lines.is_number(&place) {
                places.push(place);
            }
        }
    }
    let first = places.first()?.clone();
    let message = match places.len() {
        1 => "a response key is a number".to_owned(),
        count => format!("{count} response keys are numbers; this is the first"),
    };
    Some(
        Problem::warning(first, message)
            .help("it is read as text; put quotes around it, as OpenAPI requires"),
    )
}

/// SARIF 2.1.0 (OASIS): one run, one result for each problem.
fn sarif(rows: &[Value]) -> Value {
    let result = |row: &Value| {
        let mut physical = json!({ "artifactLocation": { "uri": report::sarif::uri(text(row, "file")) } });
        if let (Some(line), Some(column), Some(physical)) =
            (number(row, "line"), number(row, "column"), physical.as_object_mut())
        {
            physical.insert("region".to_owned(), json!({ "startLine": line, "startColumn": column }));
        }
        json!({
            "ruleId": "document", "level": row["level"], "message": { "text": with_help(row) },
            "locations": [{
                "physicalLocation": physical,
                "logicalLocations": [{ "fullyQualifiedName": format!("#{}", text(row, "pointer")) }],
            }],
        })
    };
    let results: Vec<Value> = rows.iter().map(result).collect();
    let rule = json!({ "id": "document", "shortDescription": { "text": "A part of the document, of an example or of a fixture that cannot be used as it stands" } });
    report::sarif::log(&[rule], &results)
}

/// Workflow commands of GitHub Actions, one line each.
fn github(row: &Value) -> String {
    let level = if text(row, "level") == "error" { "error" } else { "warning" };
    let at = number(row, "line").zip(number(row, "column"));
    let at = at.map(|(line, column)| format!(",line={line},col={column}")).unwrap_or_default();
    format!("::{level} file={}{at}::{}\n", property(text(row, "file")), data(&with_help(row)))
}

fn text<'r>(row: &'r Value, name: &str) -> &'r str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn number(row: &Value, name: &str) -> Option<u64> {
    row.get(name)?.as_u64()
}

fn with_help(row: &Value) -> String {
    let help = row.get("help").and_then(Value::as_str).map(|help| format!("; {help}"));
    format!("{}{}", text(row, "message"), help.unwrap_or_default())
}
