//! Which parameters and enum members of an operation a request uses.

use std::collections::BTreeSet;

use serde_json::Value;

use super::validate::Received;
use crate::contract::body::Body;
use crate::contract::schema::Outline;
use crate::contract::{Operation, Parameter, parameter};

/// How deep enums of a body are looked for.
const MAX_DEPTH: usize = 4;

/// Everything that requests to an operation can use: `query.limit`, `query.sort=name`, `body/kind=cat`.
#[derive(Debug, Default)]
pub struct Points(Vec<String>);

impl Points {
    /// Those of an operation.
    pub fn of(operation: &Operation) -> Self {
        let mut points = BTreeSet::new();
        for parameter in &operation.parameters {
            let name = name_of(parameter);
            for outline in outlines(parameter) {
                add_choices(outline, &name, &mut points);
            }
            points.insert(name);
        }
        for content in operation.body.iter().flat_map(|body| &body.content) {
            if let Some(schema) = &content.schema {
                in_schema(schema.outline(), "body", 0, &mut points);
            }
        }
        Self(points.into_iter().collect())
    }

    /// Their names, in order.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Which of them a request uses, as places among the names.
    pub fn met(&self, received: &Received<'_>) -> Vec<usize> {
        let mut met = Vec::new();
        for (parameter, value) in &received.parameters {
            let Some(value) = value else { continue };
            let name = name_of(parameter);
            if outlines(parameter).any(|outline| !outline.choices.is_empty()) {
                let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                for value in values {
                    self.add(&format!("{name}={}", parameter::text(value)), &mut met);
                }
            }
            self.add(&name, &mut met);
        }
        if let Some((described, Ok(Body::Value(value)))) = &received.body
            && let Some(schema) = &described.schema
        {
            self.in_value(schema.outline(), value, &mut "body".to_owned(), 0, &mut met);
        }
        met
    }

    fn add(&self, name: &str, met: &mut Vec<usize>) {
        if let Ok(at) = self.0.binary_search_by(|known| known.as_str().cmp(name))
            && !met.contains(&at)
        {
            met.push(at);
        }
    }

    /// Adds what a value uses; `at` is where it is, and is as it was afterwards.
    fn in_value(
        &self,
        outline: &Outline,
        value: &Value,
        at: &mut String,
        depth: usize,
        met: &mut Vec<usize>,
    ) {
        let length = at.len();
        match value {
            Value::Object(members) if depth < MAX_DEPTH => {
                for (name, value) in members {
                    if let Some(member) = outline.members.get(name) {
                        at.push('/');
                        at.push_str(name);
                        self.in_value(member, value, at, depth + 1, met);
                        at.truncate(length);
                    }
                }
            }
            Value::Array(list) if depth < MAX_DEPTH => {
                if let Some(items) = &outline.items {
                    at.push_str("/*");
                    for item in list {
                        self.in_value(items, item, at, depth + 1, met);
                    }
                    at.truncate(length);
                }
            }
            Value::Object(_) | Value::Array(_) => {}
            _ if outline.choices.is_empty() => {}
            value => self.add(&format!("{at}={}", parameter::text(value)), met),
        }
    }
}

fn name_of(parameter: &Parameter) -> String {
    format!("{}.{}", parameter.location, parameter.name)
}

/// What a parameter's value is, and what the items of a list are.
fn outlines(parameter: &Parameter) -> impl Iterator<Item = &Outline> {
    let outline = parameter.value_schema().map(|schema| schema.outline());
    outline.into_iter().chain(outline.and_then(|outline| outline.items.as_deref()))
}

fn add_choices(outline: &Outline, name: &str, points: &mut BTreeSet<String>) {
    points.extend(outline.choices.iter().map(|choice| format!("{name}={}", parameter::text(choice))));
}

fn in_schema(outline: &Outline, at: &str, depth: usize, points: &mut BTreeSet<String>) {
    add_choices(outline, at, points);
    if depth >= MAX_DEPTH {
        return;
    }
    for (name, member) in &outline.members {
        in_schema(member, &format!("{at}/{name}"), depth + 1, points);
    }
    if let Some(items) = &outline.items {
        in_schema(items, &format!("{at}/*"), depth + 1, points);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use crate::exchange::Request;
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
        let points = Points::of(operation);
        assert_eq!(points.names().len(), 3 + 2 + 2 + 2 + 2);
        let mut request = Request::new(http::Method::POST, "/a/7");
        request.query = Some("kinds=b&sort=name".to_owned());
        request.headers.insert("content-type", "application/json".parse().unwrap());
        request.body = "{\"kind\": \"dog\", \"toys\": [{\"size\": 2}], \"note\": \"x\"}".into();
        let met = points.met(&Received::read(operation, &["7"], &request));
        let mut used: Vec<&str> = met.iter().map(|at| points.names()[*at].as_str()).collect();
        used.sort_unstable();
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
