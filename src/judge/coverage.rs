//! Which parameters and enum members of an operation a request uses.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::validate::Received;
use crate::contract::body::Body;
use crate::contract::schema::Outline;
use crate::contract::{Operation, Parameter, parameter};

/// How deep enums of a body are looked for.
const MAX_DEPTH: usize = 4;

/// Everything that requests to an operation can use: `query.limit`, `query.sort=name`, `body/kind=cat`.
#[derive(Debug, Default)]
pub struct Points {
    names: Vec<String>,
    /// By parameter, in the order of the operation: the parameter itself, and its values.
    parameters: Vec<(usize, Place)>,
    /// By content of the body, in the order of the operation.
    bodies: Vec<Place>,
}

/// The points at one place of a value and below; nothing is kept of places without any.
#[derive(Debug, Default)]
struct Place {
    choices: Vec<(String, usize)>,
    members: HashMap<String, Place>,
    items: Option<Box<Place>>,
}

impl Points {
    /// Those of an operation.
    pub fn of(operation: &Operation) -> Self {
        let mut names = BTreeSet::new();
        for parameter in &operation.parameters {
            let name = name_of(parameter);
            for outline in outlines(parameter) {
                add_choices(outline, &name, &mut names);
            }
            names.insert(name);
        }
        let contents = || operation.body.iter().flat_map(|body| &body.content);
        for schema in contents().filter_map(|content| content.schema.as_ref()) {
            in_schema(schema.outline(), "body", 0, &mut names);
        }
        let names: Vec<String> = names.into_iter().collect();
        let at = |name: &str| names.binary_search_by(|known| known.as_str().cmp(name)).ok();
        let of_parameter = |parameter: &Parameter| {
            let name = name_of(parameter);
            let mut place = Place::default();
            for outline in outlines(parameter) {
                place.choices.extend(Place::choices(outline, &name, &at));
            }
            (at(&name).unwrap_or_default(), place)
        };
        let parameters = operation.parameters.iter().map(of_parameter).collect();
        let bodies = contents().map(|content| {
            let place =
                content.schema.as_ref().and_then(|schema| Place::of(schema.outline(), "body", 0, &at));
            place.unwrap_or_default()
        });
        let bodies = bodies.collect();
        Self { names, parameters, bodies }
    }

    /// Their names, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Which of them a request uses, as places among the names.
    pub fn met(&self, received: &Received<'_>) -> Vec<usize> {
        let mut met = Vec::new();
        for ((_, value), (at, place)) in received.parameters.iter().zip(&self.parameters) {
            let Some(value) = value else { continue };
            if !place.choices.is_empty() {
                let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                for value in values {
                    place.choose(value, &mut met);
                }
            }
            add(*at, &mut met);
        }
        if let Some((described, Ok(Body::Value(value)))) = &received.body {
            let contents = received.operation.body.iter().flat_map(|body| &body.content);
            let place = contents.zip(&self.bodies).find(|(content, _)| std::ptr::eq(*content, *described));
            if let Some((_, place)) = place {
                place.met(value, &mut met);
            }
        }
        met
    }
}

fn add(at: usize, met: &mut Vec<usize>) {
    if !met.contains(&at) {
        met.push(at);
    }
}

impl Place {
    fn of(outline: &Outline, name: &str, depth: usize, at: &impl Fn(&str) -> Option<usize>) -> Option<Self> {
        let mut place = Self { choices: Self::choices(outline, name, at), ..Self::default() };
        if depth < MAX_DEPTH {
            let below =
                |member: &Outline, step: &str| Self::of(member, &format!("{name}/{step}"), depth + 1, at);
            let members = outline.members.iter();
            place.members =
                members.filter_map(|(name, member)| Some((name.clone(), below(member, name)?))).collect();
            place.items = outline.items.as_ref().and_then(|items| below(items, "*")).map(Box::new);
        }
        let is_empty = place.choices.is_empty() && place.members.is_empty() && place.items.is_none();
        (!is_empty).then_some(place)
    }

    fn choices(outline: &Outline, name: &str, at: &impl Fn(&str) -> Option<usize>) -> Vec<(String, usize)> {
        let texts = outline.choices.iter().map(parameter::text);
        texts.filter_map(|text| Some((text.clone(), at(&format!("{name}={text}"))?))).collect()
    }

    fn choose(&self, value: &Value, met: &mut Vec<usize>) {
        let text = match value {
            Value::String(text) => Cow::Borrowed(text.as_str()),
            other => Cow::Owned(parameter::text(other)),
        };
        if let Some((_, at)) = self.choices.iter().find(|(known, _)| *known == text) {
            add(*at, met);
        }
    }

    /// Adds what a value uses.
    fn met(&self, value: &Value, met: &mut Vec<usize>) {
        match value {
            Value::Object(members) => {
                for (name, place) in &self.members {
                    if let Some(value) = members.get(name) {
                        place.met(value, met);
                    }
                }
            }
            Value::Array(list) => {
                if let Some(items) = &self.items {
                    for item in list {
                        items.met(item, met);
                    }
                }
            }
            _ if self.choices.is_empty() => {}
            value => self.choose(value, met),
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
