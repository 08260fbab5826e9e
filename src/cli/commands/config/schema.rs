//! JSON Schemas of configuration files: those of the types that parse them, with the flags of the commands.

use clap::{Arg, ArgAction};
use serde_json::{Map, Value, json};

use crate::cli::args::{self, Kind};
use crate::cli::flags;
use crate::config::{Source, schema};
use crate::fixtures;

/// The schema of a kind of file.
pub(in crate::cli::commands) fn of(kind: Kind) -> Value {
    let mut whole = match kind {
        Kind::Config => schema::of(Source::Config),
        Kind::Companion => schema::of(Source::Companion),
        Kind::Keys => schema::of(Source::Keys),
        Kind::Sidecar => fixtures::schema(),
    };
    if kind == Kind::Config {
        for name in ["mock", "check"] {
            add_flags(&mut whole, name);
        }
    }
    if kind == Kind::Companion {
        close(&mut whole, "/definitions/Check");
    }
    whole
}

/// Adds the flags of a command to the table of its name.
fn add_flags(whole: &mut Value, name: &str) {
    let command = args::command();
    let flags: Map<String, Value> = flags::known(&command, name)
        .filter_map(|arg| Some((arg.get_long()?.to_owned(), of_flag(arg))))
        .collect();
    let at = if name == "check" { "/definitions/Check" } else { "/properties/mock" };
    let table = whole.pointer_mut(at);
    if let Some(Value::Object(table)) = table {
        let properties = table.entry("properties").or_insert_with(|| json!({}));
        if let Value::Object(properties) = properties {
            properties.extend(flags);
        }
    }
    close(whole, at);
}

/// Says that a table has no other keys.
fn close(whole: &mut Value, at: &str) {
    if let Some(Value::Object(table)) = whole.pointer_mut(at) {
        table.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
}

/// What a flag takes in a configuration.
fn of_flag(arg: &Arg) -> Value {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let mut schema = match arg.get_action() {
        ArgAction::SetTrue | ArgAction::SetFalse => json!({ "type": "boolean" }),
        ArgAction::Count => json!({ "type": "integer", "minimum": 0, "maximum": 255 }),
        action => {
            let names: Vec<String> =
                arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
            let one = if names.is_empty() {
                json!({ "type": ["string", "number", "boolean"] })
            } else {
                json!({ "enum": names })
            };
            let mut ways = vec![one.clone()];
            if matches!(action, ArgAction::Append) {
                ways.push(json!({ "type": "array", "items": one }));
            }
            if let (Some(delimiter), false) = (arg.get_value_delimiter(), names.is_empty()) {
                ways.push(json!({ "type": "string", "pattern": delimiter.to_string() }));
            }
            if ways.len() == 1 { one } else { json!({ "anyOf": ways }) }
        }
    };
    if let Value::Object(members) = &mut schema {
        members.insert("description".to_owned(), Value::String(help));
    }
    schema
}
