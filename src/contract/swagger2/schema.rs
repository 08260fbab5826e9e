//! Schemas of Swagger 2.0 as those of OpenAPI 3.0.

use serde_json::{Map, Value, json};

/// Members of a schema whose own members are schemas, whatever their names.
pub(super) const NAMED_SCHEMAS: &[&str] = &["properties", "definitions"];
/// Members that hold data, not schemas.
pub(super) const DATA: &[&str] = &["example", "default", "enum"];

/// A schema, its references and its Swagger-only keywords upgraded. Anything else is kept.
pub(super) fn upgraded_schema(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => Value::Array(items.iter().map(upgraded_schema).collect()),
        Value::Object(members) => {
            let mut out = Map::new();
            for (name, value) in members {
                let upgraded = match (name.as_str(), value) {
                    ("$ref", Value::String(reference)) => json!(reference_of(reference)),
                    ("discriminator", Value::String(member)) => json!({ "propertyName": member }),
                    (name, value) if DATA.contains(&name) => value.clone(),
                    (name, Value::Object(named)) if NAMED_SCHEMAS.contains(&name) => Value::Object(
                        named.iter().map(|(name, schema)| (name.clone(), upgraded_schema(schema))).collect(),
                    ),
                    (_, value) => upgraded_schema(value),
                };
                out.insert(name.clone(), upgraded);
            }
            if members.get("type").and_then(Value::as_str) == Some("file") {
                out.insert("type".to_owned(), json!("string"));
                out.insert("format".to_owned(), json!("binary"));
            }
            if members.get("x-nullable") == Some(&Value::Bool(true)) {
                out.insert("nullable".to_owned(), Value::Bool(true));
            }
            Value::Object(out)
        }
        other => other.clone(),
    }
}

fn reference_of(reference: &str) -> String {
    match reference.strip_prefix("#/definitions/") {
        Some(rest) => format!("#/components/schemas/{rest}"),
        None => reference.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::a_reference(json!({"$ref": "#/definitions/A"}), json!({"$ref": "#/components/schemas/A"}))]
    #[case::elsewhere(json!({"$ref": "#/responses/A/schema"}), json!({"$ref": "#/responses/A/schema"}))]
    #[case::a_file(json!({"type": "file"}), json!({"type": "string", "format": "binary"}))]
    #[case::data(json!({"default": {"$ref": "#/definitions/A"}}), json!({"default": {"$ref": "#/definitions/A"}}))]
    #[case::a_property_that_is_named_as_data(
        json!({"properties": {"default": {"$ref": "#/definitions/A"}, "$ref": {"type": "string"}}}),
        json!({"properties": {"default": {"$ref": "#/components/schemas/A"}, "$ref": {"type": "string"}}})
    )]
    fn a_schema_is_upgraded(#[case] schema: Value, #[case] expected: Value) {
        assert_eq!(upgraded_schema(&schema), expected);
    }
}
