//! `counterpart lint`.

use serde_json::{Value, json};

use super::args::{Common, Lint, LintFormat};
use super::{FINDINGS, OK, Stop, load, print_bytes, problems};
use crate::contract::{Direction, Schema};
use crate::document::place::Positions;
use crate::document::{Level, Problem};

pub(super) fn run(common: &Common, lint: &Lint, config: load::Config) -> Result<u8, Stop> {
    let loaded = load::document(common, lint.doc.as_deref(), config)?;
    let mut found = loaded.problems.clone();
    found.extend(examples(&loaded));
    let file = loaded.contract.document.name.to_string();
    let out = match lint.format {
        LintFormat::Json => {
            let positions = Positions::read(&loaded.text);
            let rows: Vec<Value> = found.iter().map(|problem| row(problem, &file, &positions)).collect();
            let mut text = serde_json::to_string_pretty(&rows).unwrap_or_default();
            text.push('\n');
            text
        }
        LintFormat::Text => {
            let errors = found.iter().filter(|problem| problem.level == Level::Error).count();
            let count =
                |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
            let shown = problems::show(&found, &file, &loaded.text);
            format!("{shown}{}, {}\n", count(errors, "error"), count(found.len() - errors, "warning"))
        }
    };
    print_bytes(out.as_bytes())?;
    let wrong = found.iter().any(|problem| problem.level == Level::Error);
    Ok(if wrong { FINDINGS } else { OK })
}

fn row(problem: &Problem, file: &str, positions: &Positions<'_>) -> Value {
    let found = problem.place.position.or_else(|| {
        let span = positions.find(&problem.place.pointer).filter(|_| &*problem.place.file == file)?;
        Some((span.line, span.column))
    });
    json!({
        "level": problem.level, "message": problem.message, "file": &*problem.place.file,
        "pointer": problem.place.pointer, "line": found.map(|(line, _)| line), "column": found.map(|(_, column)| column),
        "help": problem.help,
    })
}

/// The document's examples and schemas that cannot be used.
fn examples(loaded: &load::Loaded) -> Vec<Problem> {
    let mut found = Vec::new();
    let contract = &loaded.contract;
    let mut seen = std::collections::HashSet::new();
    for operation in &contract.operations {
        let answers = operation.responses.iter().flat_map(|r| &r.content).map(|c| (c, Direction::Response));
        let bodies = operation.body.iter().flat_map(|b| &b.content).map(|c| (c, Direction::Request));
        for (content, direction) in answers.chain(bodies) {
            let Some(schema) =
                content.schema.as_ref().filter(|_| seen.insert((content.pointer.clone(), direction)))
            else {
                continue;
            };
            judge(contract, schema, direction, &content.examples, &content.pointer, &mut found);
        }
        for parameter in &operation.parameters {
            if let Some(schema) = parameter.value_schema()
                && seen.insert((parameter.pointer.clone(), Direction::Request))
            {
                judge(
                    contract,
                    schema,
                    Direction::Request,
                    &parameter.examples,
                    &parameter.pointer,
                    &mut found,
                );
            }
        }
    }
    found
}

fn judge(
    contract: &crate::contract::Contract,
    schema: &Schema,
    direction: Direction,
    examples: &[(String, Value)],
    pointer: &str,
    found: &mut Vec<Problem>,
) {
    if let Err(why) = schema.compile(direction) {
        let place = contract.place(schema.pointer());
        found.push(
            Problem::error(place, format!("the schema cannot be compiled: {why}"))
                .help("nothing can be judged by it"),
        );
        return;
    }
    for (name, example) in examples {
        for mismatch in schema.check(direction, example).unwrap_or_default() {
            let at = if name == "example" {
                format!("{pointer}/example")
            } else {
                format!("{pointer}/examples/{name}/value")
            };
            let message = format!(
                "the example does not match its schema: expected {}, found {}",
                mismatch.expected, mismatch.actual
            );
            let place = contract.place(&format!("{at}{}", mismatch.instance));
            found.push(
                Problem::error(place, message).help(format!("the schema says so at {}", mismatch.schema)),
            );
        }
    }
}
