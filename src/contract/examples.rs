//! The documented examples that match their own schema. Only these are sent and served; `lint` reports the
//! others.
//!
//! They are checked when they are first needed, because that compiles their schemas.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

use super::body::{self, Body, concrete};
use super::{Direction, MediaBody, Parameter, Schema, is_json, parameter};

/// The value of a documented example. In media types other than JSON an example is often the text
/// of the body, in JSON it is sometimes the text of the value; `None` where no schema can judge it.
///
/// # Errors
/// The text does not have the syntax of the media type.
pub fn value(described: &MediaBody, direction: Direction, example: &Value) -> Result<Option<Value>, String> {
    let media_type = concrete(&described.media_type);
    match example {
        Value::String(_) if is_json(media_type) => {
            Ok(Some(meant(described.schema.as_deref(), direction, example)))
        }
        Value::String(text) if !media_type.starts_with("multipart/") => {
            let octets = Bytes::copy_from_slice(text.as_bytes());
            match body::read(described, direction, media_type, &HeaderMap::new(), &octets)? {
                Body::Value(value) => Ok(Some(value)),
                Body::Opaque | Body::Items(_) | Body::TooMany => Ok(None),
            }
        }
        value => Ok(Some(value.clone())),
    }
}

/// A text that the schema refuses, where it is the JSON text of a value that the schema takes, as that
/// value; anything else as it is. Without a schema, the text of an object or a list is one.
fn meant(schema: Option<&Schema>, direction: Direction, example: &Value) -> Value {
    let Value::String(text) = example else { return example.clone() };
    let fits = |value: &Value| schema.is_some_and(|schema| schema.is_valid(direction, value) != Ok(false));
    if fits(example) {
        return example.clone();
    }
    let parsed = serde_json::from_str::<Value>(text).ok();
    let parsed = parsed.filter(|value| match schema {
        Some(_) => fits(value),
        None => value.is_object() || value.is_array(),
    });
    parsed.unwrap_or_else(|| example.clone())
}

/// The examples of a body that keep its schema, by name, as they are written into a body.
pub fn of_body(described: &MediaBody, direction: Direction) -> impl Iterator<Item = (&str, Value)> {
    kept_by(described, direction, &described.examples)
}

/// Those of some examples that keep the schema of a body, by name, as they are written into it.
pub fn kept_by<'e>(
    described: &'e MediaBody,
    direction: Direction,
    examples: &'e [(String, Value)],
) -> impl Iterator<Item = (&'e str, Value)> {
    let keeps = move |given: &Value| match value(described, direction, given) {
        Ok(Some(value)) => {
            let schema = described.schema.as_ref();
            let fits = schema.is_none_or(|schema| schema.is_valid(direction, &value) != Ok(false));
            // In other media types than JSON the text itself is the body.
            fits.then(|| if described.is_json() { value } else { given.clone() })
        }
        Ok(None) => Some(given.clone()),
        Err(_) => None,
    };
    examples.iter().filter_map(move |(name, given)| Some((name.as_str(), keeps(given)?)))
}

/// The examples of a parameter that keep its schema, by name.
pub fn of_parameter(parameter: &Parameter) -> impl Iterator<Item = (&str, Value)> {
    let inside = parameter.content.iter().flat_map(|content| of_body(content, Direction::Request));
    parameter
        .examples
        .iter()
        .filter_map(|(name, given)| Some((name.as_str(), kept(parameter, given)?)))
        .chain(inside)
}

/// A value that a parameter may have; a text may also be the JSON text of one, or be written as on
/// the wire. `None` where the schema refuses it.
pub fn kept(parameter: &Parameter, given: &Value) -> Option<Value> {
    let Some(schema) = parameter.value_schema() else { return Some(given.clone()) };
    let fits = |value: &Value| schema.is_valid(Direction::Request, value) != Ok(false);
    if fits(given) {
        return Some(given.clone());
    }
    let text = given.as_str()?;
    let parsed = serde_json::from_str::<Value>(text).ok();
    parsed.into_iter().chain([parameter::read_plain(parameter, text)]).find(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Operation, build};
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    fn operation(parameter: &Value, content: &Value) -> Operation {
        let document = Document::of(
            "t",
            json!({"openapi": "3.1.0", "paths": {"/a": {"post": {
                "parameters": [parameter],
                "requestBody": {"content": content},
                "responses": {"200": {}},
            }}}}),
        );
        build("t", &document).unwrap().0.operations.remove(0)
    }

    #[rstest]
    #[case(json!({"type": "integer"}), json!(1), Some(json!(1)))]
    #[case(json!({"type": "integer"}), json!("12"), Some(json!(12)))]
    #[case(json!({"type": "integer"}), json!("twelve"), None)]
    #[case(json!({"type": "string", "enum": ["a"]}), json!("b"), None)]
    #[case(json!({"type": "array", "items": {"type": "integer"}}), json!("[1, 2]"), Some(json!([1, 2])))]
    #[case(json!({"type": "array", "items": {"type": "integer"}}), json!("1,2"), Some(json!([1, 2])))]
    #[case(json!({"type": "array", "items": {"type": "integer"}}), json!("one"), None)]
    #[case(json!({"type": "object", "required": ["a"]}), json!("{\"a\": 1}"), Some(json!({"a": 1})))]
    fn parameters(#[case] schema: Value, #[case] given: Value, #[case] kept: Option<Value>) {
        let parameter = json!({"name": "p", "in": "query", "schema": schema, "example": given});
        let operation = operation(&parameter, &json!({}));
        let found = of_parameter(&operation.parameters[0]).next().map(|(_, value)| value);
        assert_eq!(found, kept);
    }

    #[test]
    fn a_parameter_with_content_has_the_examples_of_its_content() {
        let content = json!({"application/json": {"example": {"a": 1}}});
        let parameter = json!({"name": "p", "in": "query", "content": content});
        let operation = operation(&parameter, &json!({}));
        let found = of_parameter(&operation.parameters[0]).next().map(|(_, value)| value);
        assert_eq!(found, Some(json!({"a": 1})));
    }

    #[rstest]
    #[case("application/json", json!({"type": "object"}), json!("{\"a\": 1}"), Some(json!({"a": 1})))]
    #[case("application/json", json!({"type": "object"}), json!("none"), None)]
    #[case("application/json", json!({"type": "string"}), json!("{}"), Some(json!("{}")))]
    #[case("application/json", json!({"required": ["b"], "type": "object"}), json!({"a": 1}), None)]
    #[case("text/plain", json!({"type": "string", "maxLength": 2}), json!("abc"), None)]
    #[case("text/plain", json!({"type": "string", "maxLength": 3}), json!("abc"), Some(json!("abc")))]
    fn bodies(
        #[case] media_type: &str,
        #[case] schema: Value,
        #[case] given: Value,
        #[case] kept: Option<Value>,
    ) {
        let operation = operation(
            &json!({"name": "p", "in": "query", "schema": {}}),
            &json!({media_type: {"schema": schema, "example": given}}),
        );
        let described = &operation.body.as_ref().unwrap().content[0];
        assert_eq!(of_body(described, Direction::Request).next().map(|(_, value)| value), kept);
    }
}
