//! `counterpart lint`.

use serde_json::{Value, json};

use super::args::{Common, Lint, LintFormat};
use super::texts::Texts;
use super::{FINDINGS, OK, Stop, load, print_bytes, problems};
use crate::contract;
use crate::document::{Level, Problem};
use crate::report;
use crate::report::github::{data, property};

pub(super) fn run(common: &Common, lint: &Lint, config: load::Config) -> Result<u8, Stop> {
    let loaded = load::document(common, lint.doc.as_deref(), config)?;
    let mut found = loaded.problems.clone();
    found.extend(contract::lint(&loaded.contract));
    let out = match lint.format {
        LintFormat::Json => pretty(&rows(&found, &loaded.texts)),
        LintFormat::Sarif => pretty(&sarif(&found, &loaded.texts)),
        LintFormat::Github => github(&found, &loaded.texts),
        LintFormat::Text => {
            let errors = found.iter().filter(|problem| problem.level == Level::Error).count();
            let count =
                |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
            let shown = problems::show(&found, &loaded.texts);
            format!("{shown}{}, {}\n", count(errors, "error"), count(found.len() - errors, "warning"))
        }
    };
    print_bytes(out.as_bytes())?;
    let wrong = found.iter().any(|problem| problem.level == Level::Error);
    Ok(if wrong { FINDINGS } else { OK })
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// Every problem with its line and column; 0 where they are not known.
fn located<'p>(found: &'p [Problem], texts: &Texts) -> Vec<(&'p Problem, Option<(usize, usize)>)> {
    let mut lines = texts.lines();
    let place = |problem: &Problem, lines: &mut super::texts::Lines<'_>| {
        lines.find(&problem.place).map(|(span, _)| (span.line, span.column))
    };
    found.iter().map(|problem| (problem, place(problem, &mut lines))).collect()
}

fn rows(found: &[Problem], texts: &Texts) -> Value {
    let row = |(problem, at): (&Problem, Option<(usize, usize)>)| {
        json!({
            "level": problem.level, "message": problem.message, "file": &*problem.place.file,
            "pointer": problem.place.pointer, "line": at.map(|(line, _)| line),
            "column": at.map(|(_, column)| column), "help": problem.help,
        })
    };
    located(found, texts).into_iter().map(row).collect()
}

/// SARIF 2.1.0 (OASIS): one run, one result for each problem.
fn sarif(found: &[Problem], texts: &Texts) -> Value {
    let result = |(problem, at): (&Problem, Option<(usize, usize)>)| {
        let mut physical = json!({ "artifactLocation": { "uri": report::sarif::uri(&problem.place.file) } });
        if let (Some((line, column)), Some(physical)) = (at, physical.as_object_mut()) {
            physical.insert("region".to_owned(), json!({ "startLine": line, "startColumn": column }));
        }
        let help = problem.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        json!({
            "ruleId": "document", "level": problem.level,
            "message": { "text": format!("{}{help}", problem.message) },
            "locations": [{
                "physicalLocation": physical,
                "logicalLocations": [{ "fullyQualifiedName": format!("#{}", problem.place.pointer) }],
            }],
        })
    };
    let results: Vec<Value> = located(found, texts).into_iter().map(result).collect();
    let rule = json!({ "id": "document", "shortDescription": { "text": "A part of the document, of an example or of a fixture that cannot be used as it stands" } });
    report::sarif::log(&[rule], &results)
}

/// Workflow commands of GitHub Actions, one line each.
fn github(found: &[Problem], texts: &Texts) -> String {
    let line = |(problem, at): (&Problem, Option<(usize, usize)>)| {
        let level = if problem.level == Level::Error { "error" } else { "warning" };
        let at = at.map(|(line, column)| format!(",line={line},col={column}")).unwrap_or_default();
        let help = problem.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        let message = data(&format!("{}{help}", problem.message));
        format!("::{level} file={}{at}::{message}\n", property(&problem.place.file))
    };
    located(found, texts).into_iter().map(line).collect()
}
