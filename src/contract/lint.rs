//! Problems that only show when every schema and every example is checked.

mod schemas;

use std::collections::HashSet;

use serde_json::Value;

use super::{Contract, Direction, Schema, examples};
use crate::document::{Problem, pointer};

/// Everything that is wrong with the schemas and the examples of a contract: schemas that cannot be
/// compiled, and examples that their own schema refuses. Slow for a large document, because every
/// schema is compiled.
pub fn lint(contract: &Contract) -> Vec<Problem> {
    let mut found = Vec::new();
    formal(contract, &mut found);
    found.extend(schemas::lint(contract));
    let mut seen = HashSet::new();
    for operation in contract.described() {
        // What nobody could read has the place of the reference, which was told when the document was read.
        let answers = operation
            .responses
            .iter()
            .flat_map(|response| {
                response.content.iter().filter(|content| content.pointer != response.pointer)
            })
            .map(|content| (content, Direction::Response));
        // What the API sends by itself it shows, as in an answer.
        let is_served = contract.at(operation.index).is_some();
        let sent = if is_served { Direction::Request } else { Direction::Response };
        let bodies = operation.body.iter().flat_map(|b| &b.content).map(|c| (c, sent));
        for (content, direction) in answers.chain(bodies) {
            let Some(schema) =
                content.schema.as_ref().filter(|_| seen.insert((content.pointer.clone(), direction)))
            else {
                continue;
            };
            let mut values = Vec::new();
            for (name, example) in &content.examples {
                match examples::value(content, direction, example) {
                    Ok(value) => values.extend(value.map(|value| (name.clone(), value))),
                    Err(why) => {
                        let place = contract.place(&example_at(&content.pointer, name));
                        let message = format!("the example is not {}: {why}", content.media_type);
                        found.push(Problem::error(place, message).help("the mock does not use it"));
                    }
                }
            }
            judge(contract, schema, direction, &values, &content.pointer, &mut found);
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

/// What the specification asks for and nothing here needs.
fn formal(contract: &Contract, found: &mut Vec<Problem>) {
    let tree = &contract.document.tree;
    for (member, help) in [
        ("title", "reports show the file name instead; add `info.title`"),
        ("version", "reports show no version; add `info.version`"),
    ] {
        if tree.get("info").and_then(|info| info.get(member)).is_none() {
            let place = contract.document.place("/info");
            found.push(Problem::warning(place, format!("`info.{member}` is missing")).help(help));
        }
    }
    if tree.get("servers").and_then(Value::as_array).is_some_and(Vec::is_empty) {
        let place = contract.document.place("/servers");
        found.push(Problem::warning(place, "`servers` is empty").help("the API is served at `/`"));
    }
    let silent: Vec<&str> = contract
        .operations
        .iter()
        // Where none is documented, one stands in that has the place of its operation.
        .flat_map(|operation| operation.responses.iter().filter(|r| r.pointer != operation.pointer))
        .filter(|response| response.description.is_empty())
        .map(|response| response.pointer.as_str())
        .collect();
    if let Some(first) = silent.first() {
        let message = match silent.len() {
            1 => "a response has no `description`".to_owned(),
            count => format!("{count} responses have no `description`; this is the first"),
        };
        found.push(
            Problem::warning(contract.place(first), message)
                .help("OpenAPI requires one; nothing here depends on it"),
        );
    }
}

/// A place in words: the pointer, after the file where the document has several.
fn shown(contract: &Contract, pointer: &str) -> String {
    let place = contract.place(pointer);
    let is_alone = contract.document.files.is_empty() && place.file == contract.document.name;
    let file = if is_alone { "" } else { &*place.file };
    format!("{file}#{}", place.pointer)
}

/// Where an example is.
fn example_at(pointer: &str, name: &str) -> String {
    if name == "example" {
        format!("{pointer}/example")
    } else {
        format!("{}/value", pointer::join(&format!("{pointer}/examples"), name))
    }
}

fn judge(
    contract: &Contract,
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
                .help("nothing is validated against it"),
        );
        return;
    }
    for (name, example) in examples {
        for mismatch in schema.check(direction, example).unwrap_or_default() {
            let at = example_at(pointer, name);
            let message = format!("the example does not match its schema: {}", mismatch.message());
            let place = contract.place(&format!("{at}{}", mismatch.instance));
            found.push(
                Problem::error(place, message)
                    .help(format!("the schema says so at {}", shown(contract, &mismatch.schema))),
            );
        }
    }
}
