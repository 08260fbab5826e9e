//! JSON Schemas of configuration files, read off the types that parse them.
//!
//! Editors complete and check by them. They are of draft 7, which every editor reads.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::allowed::{AUTH, COMPANIONS};
use super::{ErrorEntry, ErrorName, RuleLevel, Settings, Source};
use crate::document::pointer;
use crate::rules::Rule;

/// The schema of a kind of configuration. What `[mock]` and `[check]` take as flags is not in it.
pub fn of(source: Source) -> Value {
    let mut schema = of_type::<Settings>();
    if let Some(Value::Object(tables)) = schema.get_mut("properties") {
        let parts =
            |table: &str| COMPANIONS.iter().find(|(known, _)| source == Source::Companion && *known == table);
        tables.retain(|table, _| source.may_hold(table) || parts(table).is_some());
        if source == Source::Companion {
            tables.insert("mock".to_owned(), json!({
                "type": "object", "additionalProperties": false,
                "properties": { "auth": { "enum": AUTH, "description": "How a mock checks credentials." } },
            }));
        }
    }
    name(
        &mut schema,
        match source {
            Source::Config => {
                ("counterpart.toml", "What a document cannot say, and how a project is mocked and checked.")
            }
            Source::Companion => ("companion", "What is true of an API everywhere, beside its document."),
            Source::Keys => ("keys file", "Keys, and how they are made: `--keys`."),
        },
    );
    without_unused(&mut schema);
    schema
}

/// Says what a schema is of.
pub fn name(schema: &mut Value, (title, description): (&str, &str)) {
    if let Some(members) = schema.as_object_mut() {
        members.insert("title".to_owned(), json!(title));
        members.insert("description".to_owned(), json!(description));
    }
}

/// The schema of a type that is parsed.
pub fn of_type<T: JsonSchema>() -> Value {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>().to_value();
    tidy(&mut schema);
    schema
}

/// TOML has no null; a default that nobody writes says nothing; and a format of a number no editor knows.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let is_number =
                |members: &Map<String, Value>| members.get("type").is_some_and(|kind| kind != "string");
            if members.get("format").is_some_and(Value::is_string) && is_number(members) {
                members.remove("format");
            }
            if members.get("default").is_some_and(|value| !value.is_object() || members.contains_key("type"))
            {
                members.remove("default");
            }
            if let Some(Value::Array(kinds)) = members.get_mut("type") {
                kinds.retain(|kind| kind != "null");
                if let [one] = kinds.as_slice() {
                    let one = one.clone();
                    members.insert("type".to_owned(), one);
                }
            }
            if let Some(Value::Array(parts)) = members.get_mut("anyOf") {
                parts.retain(|part| part.get("type").is_none_or(|kind| kind != "null"));
            }
            for (keyword, inside) in members {
                match inside {
                    // These have names of their own.
                    Value::Object(named) if ["properties", "definitions"].contains(&keyword.as_str()) => {
                        named.values_mut().for_each(tidy);
                    }
                    inside => tidy(inside),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// Drops definitions that nothing refers to.
fn without_unused(schema: &mut Value) {
    loop {
        let text = schema.to_string();
        let Some(Value::Object(definitions)) = schema.get_mut("definitions") else { return };
        let before = definitions.len();
        definitions.retain(|name, _| text.contains(&format!("\"{}\"", pointer::join("#/definitions", name))));
        if definitions.len() == before {
            return;
        }
    }
}

/// A value of any kind under each name.
pub fn values(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "additionalProperties": true })
}

/// Flags of a command; the command line knows which ones there are.
pub(super) fn flags(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object" })
}

/// A time: a number of seconds, or a text with a unit.
pub fn time(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "number"] })
}

/// The name of a rule.
pub(super) fn rule(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    json_schema!({ "type": "string", "enum": names })
}

/// A severity for each rule.
pub(super) fn rules(generator: &mut SchemaGenerator) -> Schema {
    let level = generator.subschema_for::<RuleLevel>();
    let rule =
        |rule: &Rule| (rule.name().to_owned(), json!({ "allOf": [level], "description": rule.meaning() }));
    let rules: Map<String, Value> = Rule::ALL.iter().map(rule).collect();
    json_schema!({ "type": "object", "properties": rules, "additionalProperties": false })
}

/// An answer for each refusal.
pub(super) fn errors(generator: &mut SchemaGenerator) -> Schema {
    let entry = generator.subschema_for::<ErrorEntry>();
    let names = ErrorName::ALL.iter().map(|name| (name.name().into_owned(), json!(entry)));
    let names: Map<String, Value> = names.collect();
    json_schema!({
        "type": "object", "properties": names, "patternProperties": { "^invalid-": entry },
        "additionalProperties": false,
    })
}
