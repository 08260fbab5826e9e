//! Forbidden parameter values. Each is written and read back, and kept only if the result is still forbidden.

use serde_json::Value;

use super::attempts::OF_NO_FORMAT;
use super::{Forbidden, forbidden};
use crate::contract::{Direction, Location, Operation, Parameter};
use crate::generate::wire::{base, on_the_wire};

/// Query, header and cookie parameters with the values that their schemas forbid: of lists, those with a
/// forbidden item.
pub fn forbidden_parameters(operation: &Operation) -> Vec<(Location, String, Forbidden)> {
    let mut found = Vec::new();
    for parameter in operation.parameters.iter().filter(|known| known.location != Location::Path) {
        let values = forbidden_values(parameter).into_iter();
        found.extend(values.map(|value| (parameter.location, parameter.name.clone(), value)));
    }
    found
}

/// Values of one parameter that its schema forbids.
pub fn forbidden_values(parameter: &Parameter) -> Vec<Forbidden> {
    let Some(schema) = parameter.schema.as_deref() else { return Vec::new() };
    let Some(base) = base(parameter, schema) else { return Vec::new() };
    let kinds = schema.shape().kinds;
    let mut written: Vec<String> = Vec::new();
    let mut found = forbidden(schema, &base, &parameter.name);
    // What is nearly of the format is read by who looks closely; what is nothing like it, by nobody.
    let blatant = found.iter().filter(|known| known.keyword == "format" && known.at.is_empty());
    let blatant = blatant.map(|known| Forbidden {
        label: "a text that is not of the format".to_owned(),
        value: Value::from(OF_NO_FORMAT),
        ..known.clone()
    });
    let blatant: Vec<Forbidden> = blatant.collect();
    found.extend(blatant);
    // On the wire everything is text: only what reads back as forbidden is.
    found.retain(|variant| {
        let nested = |value: &Value| value.is_object() || value.is_array();
        let is_nested = match &variant.value {
            Value::Array(items) => items.iter().any(|item| nested(item) || item.is_null()),
            Value::Object(members) => {
                !kinds.object || members.values().any(|member| nested(member) || member.is_null())
            }
            _ => false,
        };
        // Nothing at all is how nothing is said.
        let is_structure = kinds.array || kinds.object;
        let is_number = variant.value.is_number() && is_structure;
        let is_of_root = variant.keyword == "type" && (variant.value.is_array() || is_number);
        let is_said = !(variant.value.is_null() || is_of_root && variant.at.is_empty());
        // Many servers cut the fraction off a whole number, as they do with blanks.
        if variant.keyword == "type" && variant.wrong().is_some_and(Value::is_f64) {
            return false;
        }
        let Some((text, read)) = on_the_wire(parameter, &variant.value) else { return false };
        let is_forbidden = schema.is_valid(Direction::Request, &read) == Ok(false);
        let is_new = !is_nested && is_said && is_forbidden && !written.contains(&text);
        if is_new {
            written.push(text);
        }
        is_new
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{build, parameter};
    use crate::document::Document;
    use crate::generate::variation::named_values;
    use rstest::rstest;
    use serde_json::json;

    fn operation(openapi: &Value, parameter: &Value) -> Operation {
        let mut document = openapi.clone();
        document["paths"] =
            json!({"/a": {"get": {"parameters": [parameter], "responses": {"200": {"description": ""}}}}});
        build("t", &Document::of("t", document)).unwrap().0.operations.remove(0)
    }

    fn queries<'v>(operation: &Operation, values: impl IntoIterator<Item = &'v Value>) -> Vec<String> {
        let written = |value| parameter::write_query(&operation.parameters[0], value).join("&");
        values.into_iter().map(written).collect()
    }

    fn forbidden_queries(operation: &Operation) -> Vec<String> {
        let found = forbidden_parameters(operation);
        queries(operation, found.iter().map(|(_, _, forbidden)| &forbidden.value))
    }

    fn named_queries(operation: &Operation) -> Vec<String> {
        let found = named_values(&operation.parameters[0]);
        queries(operation, found.iter().map(|named| &named.value))
    }

    #[rstest]
    // A text is a valid list of one text, and every text is a text.
    #[case(json!({"schema": {"type": "array", "items": {"type": "string"}}}), &[])]
    #[case(json!({"explode": false, "schema": {"type": "array", "items": {"type": "string"}}}), &[])]
    #[case(json!({"schema": {"type": "string"}}), &[])]
    #[case(json!({"schema": {"type": "array", "items": {"type": "integer"}}}), &["p=not%20of%20that%20kind"])]
    #[case(json!({"schema": {"type": "array", "items": {"type": "integer", "maximum": 5}, "minItems": 2}}),
        &["p=0", "p=not%20of%20that%20kind", "p=0&p=6", "p=0&p=not%20of%20that%20kind"])]
    #[case(json!({"explode": false, "schema": {"type": "array", "items": {"enum": ["a", "b"]}}}),
        &["p=not%20of%20that%20kind", "p=no-such-choice"])]
    #[case(json!({"explode": false, "style": "pipeDelimited", "schema": {"type": "array", "items": {"type": "string", "maxLength": 2}}}),
        &["p=not%20of%20that%20kind", "p=ngx"])]
    // Blanks separate items.
    #[case(json!({"explode": false, "style": "spaceDelimited", "schema": {"type": "array", "items": {"type": "string", "maxLength": 4}}}),
        &["p=ringx"])]
    #[case(json!({"style": "deepObject", "schema": {"type": "object", "properties": {"a": {"type": "integer"}}}}),
        &["p%5Ba%5D=not%20of%20that%20kind"])]
    #[case(json!({"schema": {"type": "object", "properties": {"a": {"type": "integer"}}}}),
        &["a=not%20of%20that%20kind"])]
    #[case(json!({"explode": false, "schema": {"type": "object", "properties": {"a": {"type": "integer"}}}}),
        &["p=not%20of%20that%20kind", "p=a,not%20of%20that%20kind"])]
    #[case(json!({"schema": {"type": "integer", "minimum": 1}}), &["p=0", "p=not%20of%20that%20kind"])]
    #[case(json!({"schema": {"type": ["integer", "string"]}}), &[])]
    fn what_is_forbidden_on_the_wire(#[case] parameter: Value, #[case] expected: &[&str]) {
        let mut parameter = parameter;
        parameter["name"] = json!("p");
        parameter["in"] = json!("query");
        let operation = operation(&json!({"openapi": "3.1.0"}), &parameter);
        assert_eq!(forbidden_queries(&operation), expected);
    }

    #[rstest]
    #[case("csv", "p=3", "p=not%20of%20that%20kind")]
    #[case("multi", "p=3", "p=not%20of%20that%20kind")]
    #[case("pipes", "p=3", "p=not%20of%20that%20kind")]
    #[case("ssv", "p=3", "p=not%20of%20that%20kind")]
    fn collection_formats(#[case] format: &str, #[case] named: &str, #[case] forbidden: &str) {
        let items = json!({"type": "integer", "minimum": 3});
        let parameter =
            json!({"name": "p", "in": "query", "type": "array", "collectionFormat": format, "items": items});
        let operation = operation(&json!({"swagger": "2.0"}), &parameter);
        assert_eq!(forbidden_queries(&operation), [forbidden, "p=2"]);
        assert!(named_queries(&operation).iter().any(|query| query == named));
    }

    #[test]
    fn the_members_of_an_enum_are_tried_as_items() {
        let parameter =
            json!({"name": "p", "in": "query", "schema": {"type": "array", "items": {"enum": ["a", "b"]}}});
        let operation = operation(&json!({"openapi": "3.0.0"}), &parameter);
        assert_eq!(named_queries(&operation), ["p=a", "p=b"]);
    }
}
