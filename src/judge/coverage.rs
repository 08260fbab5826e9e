//! Which parameters and enum members of an operation a request uses.

use std::collections::BTreeSet;

use serde_json::Value;

use super::validate::parameter_values;
use crate::contract::body::{self, Body};
use crate::contract::schema::View;
use crate::contract::{Direction, Operation, parameter};
use crate::exchange::{Request, content_type, media_type};

/// How deep enums of a body are looked for.
const MAX_DEPTH: usize = 4;

/// Everything that requests to an operation can use: `query.limit`, `query.sort=name`, `body/kind=cat`.
pub fn points(operation: &Operation) -> BTreeSet<String> {
    let mut points = BTreeSet::new();
    for parameter in &operation.parameters {
        let name = format!("{}.{}", parameter.location, parameter.name);
        if let Some(schema) = parameter.value_schema() {
            let view = View::of(schema, Direction::Request);
            add_choices(&view, &name, &mut points);
            if let Some(items) = view.items() {
                add_choices(&items, &name, &mut points);
            }
        }
        points.insert(name);
    }
    for content in operation.body.iter().flat_map(|body| &body.content) {
        if let Some(schema) = &content.schema {
            in_schema(&View::of(schema, Direction::Request), "body", 0, &mut points);
        }
    }
    points
}

fn add_choices(view: &View<'_>, name: &str, points: &mut BTreeSet<String>) {
    points.extend(view.choices().into_iter().map(|choice| format!("{name}={}", parameter::text(choice))));
}

fn in_schema(view: &View<'_>, at: &str, depth: usize, points: &mut BTreeSet<String>) {
    add_choices(view, at, points);
    if depth >= MAX_DEPTH {
        return;
    }
    for name in view.members() {
        if let Some(member) = view.described(name) {
            in_schema(&member, &format!("{at}/{name}"), depth + 1, points);
        }
    }
    if let Some(items) = view.items() {
        in_schema(&items, &format!("{at}/*"), depth + 1, points);
    }
}

/// What of [`points`] a request uses; texts that are not among them stand for values that are not documented.
pub fn met(operation: &Operation, path_values: &[&str], request: &Request) -> BTreeSet<String> {
    let mut met = BTreeSet::new();
    for (parameter, value) in parameter_values(operation, path_values, request) {
        let Some(value) = value else { continue };
        let name = format!("{}.{}", parameter.location, parameter.name);
        match &value {
            Value::Array(items) => {
                met.extend(items.iter().map(|item| format!("{name}={}", parameter::text(item))));
            }
            value => drop(met.insert(format!("{name}={}", parameter::text(value)))),
        }
        met.insert(name);
    }
    let described =
        operation.body.as_ref().and_then(|body| body.content_for(content_type(&request.headers)?));
    if let Some(described) = described.filter(|_| !request.body.is_empty()) {
        let sent = media_type(&request.headers).unwrap_or_default();
        let read = body::read(described, Direction::Request, &sent, &request.headers, &request.body);
        if let Ok(Body::Value(value)) = read {
            in_value(&value, "body", 0, &mut met);
        }
    }
    met
}

fn in_value(value: &Value, at: &str, depth: usize, met: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) if depth < MAX_DEPTH => {
            for (name, member) in members {
                in_value(member, &format!("{at}/{name}"), depth + 1, met);
            }
        }
        Value::Array(items) if depth < MAX_DEPTH => {
            for item in items {
                in_value(item, &format!("{at}/*"), depth + 1, met);
            }
        }
        Value::Object(_) | Value::Array(_) => {}
        // Long texts are no members of an enum.
        Value::String(text) if text.len() > 100 => {}
        value => drop(met.insert(format!("{at}={}", parameter::text(value)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use serde_json::json;

    #[test]
    fn a_request_uses_a_part_of_what_there_is() {
        let tree = json!({"openapi": "3.1.0", "paths": {"/a/{id}": {"post": {
            "parameters": [
                {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
                {"name": "sort", "in": "query", "schema": {"enum": ["name", "age"]}},
                {"name": "kinds", "in": "query", "schema": {"type": "array", "items": {"enum": ["a", "b"]}}},
            ],
            "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {
                "kind": {"enum": ["cat", "dog"]},
                "toys": {"type": "array", "items": {"properties": {"size": {"enum": [1, 2]}}}},
                "note": {"type": "string"},
            }}}}},
            "responses": {"204": {"description": "done"}},
        }}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let operation = &contract.operations[0];
        let points = points(operation);
        assert_eq!(points.len(), 3 + 2 + 2 + 2 + 2);
        let mut request = Request::new(http::Method::POST, "/a/7");
        request.query = Some("kinds=b&sort=name".to_owned());
        request.headers.insert("content-type", "application/json".parse().unwrap());
        request.body = "{\"kind\": \"dog\", \"toys\": [{\"size\": 2}], \"note\": \"x\"}".into();
        let met = met(operation, &["7"], &request);
        let used: Vec<&str> = points.intersection(&met).map(String::as_str).collect();
        assert_eq!(
            used,
            [
                "body/kind=dog",
                "body/toys/*/size=2",
                "path.id",
                "query.kinds",
                "query.kinds=b",
                "query.sort",
                "query.sort=name"
            ]
        );
    }
}
