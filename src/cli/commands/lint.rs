//! `counterpart lint`.

use serde_json::{Value, json};

use crate::cli::args::{Common, Lint, LintFormat};
use crate::cli::output::{FINDINGS, OK, Stop, print, print_bytes, print_json};
use crate::cli::{diagnostics, disk};
use crate::contract::{self, Contract};
use crate::document::{Level, Problem};
use crate::project::{Config, Lines, Project, SourceTexts};
use crate::report;
use crate::report::github::{data, property};

pub(super) fn run(common: &Common, lint: &Lint, config: &Config) -> Result<u8, Stop> {
    let projects = disk::projects(common, lint.doc.as_deref(), config)?;
    let found: Vec<Found<'_>> = projects.iter().map(Found::of).collect();
    let problems = || found.iter().flat_map(|of| &of.problems);
    let errors = problems().filter(|problem| problem.level == Level::Error).count();
    match lint.format {
        LintFormat::Json => print_json(&found.iter().flat_map(rows).collect::<Vec<_>>())?,
        LintFormat::Sarif => print_json(&sarif(&found))?,
        LintFormat::Github => print_bytes(found.iter().map(github).collect::<String>().as_bytes())?,
        LintFormat::Text => {
            let count =
                |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
            let shown: String = found.iter().map(|of| diagnostics::show(&of.problems, of.texts)).collect();
            let warnings = problems().count() - errors;
            print(&format!("{shown}{}, {}\n", count(errors, "error"), count(warnings, "warning")))?;
        }
    }
    Ok(if errors > 0 { FINDINGS } else { OK })
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

    /// Every problem with its line and column; 0 where they are not known.
    fn located(&self) -> Vec<(&Problem, Option<(usize, usize)>)> {
        let mut lines = self.texts.lines();
        let place = |problem: &Problem, lines: &mut Lines<'_>| {
            lines.find(&problem.place).map(|(span, _)| (span.line, span.column))
        };
        self.problems.iter().map(|problem| (problem, place(problem, &mut lines))).collect()
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

fn rows(found: &Found<'_>) -> Vec<Value> {
    let row = |(problem, at): (&Problem, Option<(usize, usize)>)| {
        json!({
            "level": problem.level, "message": problem.message, "file": &*problem.place.file,
            "pointer": problem.place.pointer, "line": at.map(|(line, _)| line),
            "column": at.map(|(_, column)| column), "help": problem.help,
        })
    };
    found.located().into_iter().map(row).collect()
}

/// SARIF 2.1.0 (OASIS): one run, one result for each problem.
fn sarif(found: &[Found<'_>]) -> Value {
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
    let results: Vec<Value> = found.iter().flat_map(Found::located).map(result).collect();
    let rule = json!({ "id": "document", "shortDescription": { "text": "A part of the document, of an example or of a fixture that cannot be used as it stands" } });
    report::sarif::log(&[rule], &results)
}

/// Workflow commands of GitHub Actions, one line each.
fn github(found: &Found<'_>) -> String {
    let line = |(problem, at): (&Problem, Option<(usize, usize)>)| {
        let level = if problem.level == Level::Error { "error" } else { "warning" };
        let at = at.map(|(line, column)| format!(",line={line},col={column}")).unwrap_or_default();
        let help = problem.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        let message = data(&format!("{}{help}", problem.message));
        format!("::{level} file={}{at}::{message}\n", property(&problem.place.file))
    };
    found.located().into_iter().map(line).collect()
}
