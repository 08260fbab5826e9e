//! Forbidden parameter values. Each is written and read back, and kept only if the result is still forbidden.

use serde_json::Value;

use super::{Variant, allowed, attempts, resolved, resolved_at};
use crate::contract::{Direction, Location, Operation, Parameter, Schema, parameter};
use crate::generate::plain;

/// A value of a query parameter as it is read from what is written of it; `None` where nothing is.
fn read_back(parameter: &Parameter, value: &Value) -> Option<Value> {
    let query = parameter::write_query(parameter, value).join("&");
    parameter::read_query(parameter, &parameter::raw_pairs(&query))
}

/// A list of the schema with another first item.
fn with_item(base: &Value, item: Value) -> Option<Value> {
    let mut list = base.as_array()?.clone();
    match list.first_mut() {
        Some(first) => *first = item,
        None => list.push(item),
    }
    Some(Value::Array(list))
}

/// Variants of the items of a list, each as the list that holds it.
fn of_items(schema: &Schema, variants: Vec<Variant>) -> Vec<Variant> {
    let base = plain(schema, Direction::Request).unwrap_or_else(|_| Value::Array(Vec::new()));
    let held = |variant: Variant| {
        let value = with_item(&base, variant.value)?;
        Some(Variant { label: format!("a list with {}", variant.label), value, ..variant })
    };
    variants.into_iter().filter_map(held).collect()
}

/// Query parameters with the values that their schemas forbid: of lists, those with a forbidden item.
pub fn forbidden_parameters(operation: &Operation) -> Vec<(Location, String, Variant)> {
    let mut found = Vec::new();
    for parameter in operation.parameters_in(Location::Query) {
        let Some(schema) = parameter.schema.as_ref() else { continue };
        let shape = schema.shape();
        let mut variants = attempts(&resolved(schema), shape.kinds);
        if shape.kinds.array
            && let Some(items) = resolved_at(schema, &["items"])
        {
            variants.extend(of_items(schema, attempts(&items, shape.items)));
        }
        let mut written: Vec<Vec<String>> = Vec::new();
        for variant in variants {
            // In a query everything is text: only what reads back as forbidden is.
            let nested = |value: &Value| value.is_object() || value.is_array();
            let is_nested = match &variant.value {
                Value::Array(items) => items.iter().any(nested),
                value => value.is_object() && !shape.kinds.object,
            };
            let query = parameter::write_query(parameter, &variant.value);
            let read = read_back(parameter, &variant.value);
            let is_forbidden =
                read.is_some_and(|read| schema.is_valid(Direction::Request, &read) == Ok(false));
            if is_nested || variant.coercible || !is_forbidden || written.contains(&query) {
                continue;
            }
            written.push(query);
            found.push((parameter.location, parameter.name.clone(), variant));
        }
    }
    found
}

/// Values that the document names for a parameter itself: each enum member, the stated bounds; of
/// lists, such items.
pub fn named_values(parameter: &Parameter) -> Vec<Variant> {
    let Some(schema) = parameter.schema.as_ref() else { return Vec::new() };
    let mut variants = allowed(&resolved(schema));
    if schema.shape().kinds.array
        && let Some(items) = resolved_at(schema, &["items"])
    {
        variants.extend(of_items(schema, allowed(&items)));
    }
    let fits = |value: &Value| schema.is_valid(Direction::Request, value) == Ok(true);
    variants.retain(|variant| {
        fits(&variant.value) && read_back(parameter, &variant.value).is_some_and(|read| fits(&read))
    });
    variants
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    fn operation(openapi: &Value, parameter: &Value) -> Operation {
        let mut document = openapi.clone();
        document["paths"] =
            json!({"/a": {"get": {"parameters": [parameter], "responses": {"200": {"description": ""}}}}});
        build("t", &Document::of("t", document)).unwrap().0.operations.remove(0)
    }

    fn queries(operation: &Operation, variants: &[Variant]) -> Vec<String> {
        variants
            .iter()
            .map(|v| parameter::write_query(&operation.parameters[0], &v.value).join("&"))
            .collect()
    }

    #[rstest]
    // A text is a valid list of one text, and every text is a text.
    #[case(json!({"schema": {"type": "array", "items": {"type": "string"}}}), &[])]
    #[case(json!({"explode": false, "schema": {"type": "array", "items": {"type": "string"}}}), &[])]
    #[case(json!({"schema": {"type": "string"}}), &[])]
    #[case(json!({"schema": {"type": "array", "items": {"type": "integer"}}}), &["p=not%20of%20that%20kind"])]
    #[case(json!({"schema": {"type": "array", "items": {"type": "integer", "maximum": 5}, "minItems": 2}}),
        &["p=not%20of%20that%20kind", "p=6&p=0", "p=not%20of%20that%20kind&p=0"])]
    #[case(json!({"explode": false, "schema": {"type": "array", "items": {"enum": ["a", "b"]}}}),
        &["p=not%20of%20that%20kind", "p=no-such-choice"])]
    #[case(json!({"explode": false, "style": "pipeDelimited", "schema": {"type": "array", "items": {"type": "string", "maxLength": 2}}}),
        &["p=not%20of%20that%20kind", "p=xxx"])]
    // Blanks separate items.
    #[case(json!({"explode": false, "style": "spaceDelimited", "schema": {"type": "array", "items": {"type": "string", "maxLength": 4}}}),
        &["p=xxxxx"])]
    // Nothing is left of it in the query.
    #[case(json!({"style": "deepObject", "schema": {"type": "object", "properties": {"a": {"type": "integer"}}}}), &[])]
    #[case(json!({"schema": {"type": "object", "properties": {"a": {"type": "integer"}}}}), &[])]
    #[case(json!({"explode": false, "schema": {"type": "object", "properties": {"a": {"type": "integer"}}}}),
        &["p=not%20of%20that%20kind"])]
    #[case(json!({"schema": {"type": "integer", "minimum": 1}}), &["p=0", "p=not%20of%20that%20kind"])]
    #[case(json!({"schema": {"type": ["integer", "string"]}}), &[])]
    fn what_is_forbidden_on_the_wire(#[case] parameter: Value, #[case] expected: &[&str]) {
        let mut parameter = parameter;
        parameter["name"] = json!("p");
        parameter["in"] = json!("query");
        let operation = operation(&json!({"openapi": "3.1.0"}), &parameter);
        let variants: Vec<Variant> =
            forbidden_parameters(&operation).into_iter().map(|(_, _, v)| v).collect();
        assert_eq!(queries(&operation, &variants), expected);
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
        let variants: Vec<Variant> =
            forbidden_parameters(&operation).into_iter().map(|(_, _, v)| v).collect();
        assert_eq!(queries(&operation, &variants), [forbidden, "p=2"]);
        assert_eq!(queries(&operation, &named_values(&operation.parameters[0])), [named]);
    }

    #[test]
    fn the_members_of_an_enum_are_tried_as_items() {
        let parameter =
            json!({"name": "p", "in": "query", "schema": {"type": "array", "items": {"enum": ["a", "b"]}}});
        let operation = operation(&json!({"openapi": "3.0.0"}), &parameter);
        assert_eq!(queries(&operation, &named_values(&operation.parameters[0])), ["p=a", "p=b"]);
    }
}
