//! Schemas read keyword by keyword, for what is odd about them.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::Value;

use super::rewrite::{LIST, MAP, ONE, decode_fragment};
use super::{lenient, pattern};
use crate::contract::Contract;
use crate::document::{Problem, pointer};

/// Formats that are judged, or that are told apart by everyone (OpenAPI's format registry).
const FORMATS: &[&str] = &[
    "date-time",
    "date",
    "time",
    "duration",
    "email",
    "idn-email",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "uri",
    "url",
    "uri-reference",
    "iri",
    "iri-reference",
    "uri-template",
    "uuid",
    "json-pointer",
    "relative-json-pointer",
    "regex",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "single-int",
    "double-int",
    "float",
    "double",
    "decimal",
    "decimal128",
    "byte",
    "base64url",
    "binary",
    "password",
    "char",
    "commonmark",
    "html",
    "http-date",
    "media-range",
    "sf-string",
    "sf-token",
    "sf-integer",
    "sf-decimal",
    "sf-boolean",
    "sf-binary",
];

/// Every keyword of a schema that is reachable from an operation, or stands among the components,
/// and is not written by the book; every format that nothing is known of, once.
pub fn quirks(contract: &Contract) -> Vec<Problem> {
    let mut look = Look { contract, seen: HashSet::new(), formats: IndexMap::new(), found: Vec::new() };
    let bodies =
        |content: &crate::contract::MediaBody| content.schema.as_ref().map(|s| s.pointer().to_owned());
    for operation in &contract.operations {
        let parameters =
            operation.parameters.iter().filter_map(|p| p.value_schema()).map(|s| s.pointer().to_owned());
        let body = operation.body.iter().flat_map(|body| &body.content).filter_map(bodies);
        let answers = operation.responses.iter().flat_map(|r| &r.content).filter_map(bodies);
        let headers = operation
            .responses
            .iter()
            .flat_map(|r| &r.headers)
            .filter_map(|h| h.schema.as_ref())
            .map(|s| s.pointer().to_owned());
        for at in parameters.chain(body).chain(answers).chain(headers) {
            look.at(&at);
        }
    }
    let components = contract.document.at("/components/schemas").and_then(Value::as_object);
    for name in components.into_iter().flatten().map(|(name, _)| name) {
        look.at(&pointer::join("/components/schemas", name));
    }
    for (format, (count, at)) in look.formats {
        let message = match count {
            1 => format!("the format {format:?} is not known"),
            _ => format!("the format {format:?}, used {count} times, is not known"),
        };
        let help = "its values are not judged by it; `pattern` can say what it means";
        look.found.push(Problem::warning(contract.place(&at), message).help(help));
    }
    look.found
}

struct Look<'c> {
    contract: &'c Contract,
    seen: HashSet<String>,
    formats: IndexMap<String, (usize, String)>,
    found: Vec<Problem>,
}

impl Look<'_> {
    fn at(&mut self, pointer: &str) {
        let mut waiting = vec![pointer.to_owned()];
        while let Some(pointer) = waiting.pop() {
            if self.seen.insert(pointer.clone())
                && let Some(node) = self.contract.document.at(&pointer)
            {
                self.schema(node, &pointer, &mut waiting);
            }
        }
    }

    /// Tells of patterns that count for nothing.
    fn patterns(&mut self, keyword: &str, value: &Value, here: &str) {
        let mut look = |text: &str, at: &str| {
            if pattern::readable(text).is_none() {
                let message = format!("the pattern {text:?} cannot be compiled");
                let help = "nothing is judged by it; write it as an ECMA-262 regular expression";
                self.found.push(Problem::warning(self.contract.place(at), message).help(help));
            }
        };
        match (keyword, value) {
            ("pattern", Value::String(text)) => look(text, here),
            ("patternProperties", Value::Object(members)) => {
                members.keys().for_each(|name| look(name, &pointer::join(here, name)));
            }
            _ => {}
        }
    }

    fn schema(&mut self, node: &Value, at: &str, waiting: &mut Vec<String>) {
        let Some(members) = node.as_object() else {
            if !node.is_boolean() {
                let problem =
                    Problem::error(self.contract.place(at), "a schema is an object, or true or false");
                self.found.push(problem.help("any value is taken for right here"));
            }
            return;
        };
        if let Some(target) = members.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#')) {
            waiting.push(decode_fragment(target));
        }
        for (keyword, value) in members {
            let here = pointer::join(at, keyword);
            if let Some(odd) = lenient::odd(keyword, value) {
                let message = format!("`{keyword}` is {}, not {}", super::shown(value), odd.expected);
                let place = self.contract.place(&here);
                self.found.push(match &odd.instead {
                    Some(instead) => {
                        Problem::warning(place, message).help(format!("it is read as {instead}"))
                    }
                    None => {
                        Problem::error(place, message).help("it counts for nothing; correct or remove it")
                    }
                });
                continue;
            }
            self.patterns(keyword, value, &here);
            if keyword == "format"
                && let Some(format) = value.as_str().filter(|format| !FORMATS.contains(format))
            {
                self.formats.entry(format.to_owned()).or_insert((0, here)).0 += 1;
                continue;
            }
            let is_one = ONE.contains(&keyword.as_str());
            match value {
                Value::Array(parts) if LIST.contains(&keyword.as_str()) || is_one => {
                    for (index, part) in parts.iter().enumerate() {
                        self.schema(part, &format!("{here}/{index}"), waiting);
                    }
                }
                Value::Object(parts) if MAP.contains(&keyword.as_str()) => {
                    for (name, part) in parts {
                        self.schema(part, &pointer::join(&here, name), waiting);
                    }
                }
                value if is_one => self.schema(value, &here, waiting),
                _ => {}
            }
        }
    }
}
