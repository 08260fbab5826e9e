//! Names in a request that its operation does not document.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use super::At;
use super::request::Received;
use crate::contract::body::Body;
use crate::contract::parameter::Pair;
use crate::contract::schema::Outline;
use crate::contract::{Location, Operation, Parameter, Style};
use crate::document::pointer;
use crate::exchange::Request;

/// How many are listed.
const MOST: usize = 20;
/// Names of header fields that clients send by themselves are never misspelled ones.
const USUAL: &[&str] = &["accept", "age", "cookie", "date", "etag", "from", "host", "origin", "te", "via"];

/// A name that is not documented. It breaks nothing, since a schema that does not say so is open; but it may
/// be misspelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Where it is: a parameter, or the body.
    pub at: At,
    /// JSON pointer of the member; empty for a parameter.
    pub pointer: String,
    /// The documented name that is one edit away.
    pub near: Option<String>,
}

impl Unknown {
    /// The name of the parameter, or the pointer of the member.
    pub fn name(&self) -> &str {
        match &self.at {
            At::Parameter(_, name) => name,
            _ => &self.pointer,
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            At::Parameter(location, name) => write!(f, "unknown {location} parameter {name:?}")?,
            _ => write!(f, "unknown member {}", self.pointer)?,
        }
        self.near.as_ref().map_or(Ok(()), |near| write!(f, "; did you mean {near:?}?"))
    }
}

impl Received<'_> {
    /// The query parameters and the members of a JSON body that are not documented, and the header fields that
    /// are one edit away from a documented one.
    pub fn unknown(&self) -> Vec<Unknown> {
        let mut found = Vec::new();
        in_query(self.operation, &self.pairs, &mut found);
        in_headers(self.operation, self.request, &mut found);
        if let Some((described, Ok(Body::Value(value)))) = &self.body
            && described.is_json()
            && let Some(schema) = &described.schema
        {
            members(schema.outline(), value, &mut Vec::new(), &mut found);
        }
        found
    }
}

fn in_query(operation: &Operation, pairs: &[Pair<'_>], found: &mut Vec<Unknown>) {
    if operation.parameters_in(Location::Query).any(|parameter| parameter.is_whole_query) {
        return;
    }
    let names = || operation.parameters_in(Location::Query).map(|parameter| parameter.name.as_str());
    for pair in pairs {
        if found.len() >= MOST {
            return;
        }
        let name = pair.name.as_ref();
        let is_known = name.starts_with("__")
            || operation.query_keys.iter().any(|key| key == name)
            || operation.parameters_in(Location::Query).any(|parameter| takes(parameter, name));
        if is_known {
            continue;
        }
        let at = At::Parameter(Location::Query, name.to_owned());
        if !found.iter().any(|known: &Unknown| known.at == at) {
            let near = nearest(name, names().chain(operation.query_keys.iter().map(String::as_str)));
            found.push(Unknown { at, pointer: String::new(), near });
        }
    }
}

/// Whether a parameter is written under that name.
fn takes(parameter: &Parameter, name: &str) -> bool {
    let below = name.strip_prefix(parameter.name.as_str());
    if below.is_some_and(|rest| rest.is_empty() || rest.starts_with('[')) {
        return true;
    }
    // Members of an object that are spread over the query.
    parameter.style == Style::Form
        && parameter.explode
        && parameter.value_schema().is_some_and(|schema| {
            let outline = schema.outline();
            let is_free = outline.is_open && outline.others.is_none();
            schema.shape().kinds.object && (outline.member(name).is_some() || is_free)
        })
}

fn in_headers(operation: &Operation, request: &Request, found: &mut Vec<Unknown>) {
    if operation.parameters_in(Location::Header).next().is_none() {
        return;
    }
    for name in request.headers.keys().map(http::HeaderName::as_str) {
        if operation.parameter(Location::Header, name).is_some() || USUAL.contains(&name) {
            continue;
        }
        let known = operation.parameters_in(Location::Header).map(|parameter| parameter.name.as_str());
        if let near @ Some(_) = nearest(name, known)
            && found.len() < MOST
        {
            let at = At::Parameter(Location::Header, name.to_owned());
            found.push(Unknown { at, pointer: String::new(), near });
        }
    }
}

fn members<'v>(outline: &Outline, value: &'v Value, path: &mut Vec<Cow<'v, str>>, found: &mut Vec<Unknown>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                if found.len() >= MOST {
                    return;
                }
                path.push(Cow::Borrowed(name));
                if let Some(member) = outline.member(name) {
                    members(member, value, path, found);
                } else if !outline.is_open {
                    let pointer = path.iter().fold(String::new(), |at, step| pointer::join(&at, step));
                    let near = nearest(name, outline.members.keys().map(String::as_str));
                    found.push(Unknown { at: At::RequestBody, pointer, near });
                }
                path.pop();
            }
        }
        Value::Array(items) => {
            let Some(outline) = &outline.items else { return };
            for (index, item) in items.iter().enumerate() {
                path.push(Cow::Owned(index.to_string()));
                members(outline, item, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

/// The known name that is one edit away; case does not count.
fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<String> {
    let word = name.to_lowercase();
    let near = |known: &&str| strsim::osa_distance(&word, &known.to_lowercase()) <= 1;
    // Of one letter all others are one edit away.
    known.filter(|known| known.len() > 1 && name.len() > 1).find(near).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    #[test]
    fn a_name_is_that_of_the_parameter_or_the_pointer() {
        let unknown = |at| Unknown { at, pointer: "/tags".to_owned(), near: None };
        assert_eq!(unknown(At::Parameter(Location::Query, "page".to_owned())).name(), "page");
        assert_eq!(unknown(At::RequestBody).name(), "/tags");
    }

    fn told(query: &str, headers: &[(&'static str, &str)], body: &str) -> Vec<String> {
        let tree = json!({"openapi": "3.1.0", "paths": {"/a": {"post": {
            "parameters": [
                {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                {"name": "filter", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
                {"name": "spread", "in": "query", "schema": {"type": "object", "properties": {"size": {}}}},
                {"name": "X-Trace", "in": "header", "schema": {}},
            ],
            "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {
                "name": {"type": "string"},
                "tags": {"type": "array", "items": {"properties": {"label": {}}}},
                "free": {"type": "object"},
                "map": {"type": "object", "additionalProperties": {"properties": {"key": {}}}},
            }}}}},
            "responses": {"204": {"description": "done"}},
        }}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let mut request = Request::new(http::Method::POST, "/a");
        request.query = Some(query.to_owned());
        request.headers.insert("content-type", "application/json".parse().unwrap());
        for (name, value) in headers {
            request.headers.insert(*name, value.parse().unwrap());
        }
        request.body = body.to_owned().into();
        let received = Received::read(&contract.operations[0], &[], &request);
        received.unknown().iter().map(ToString::to_string).collect()
    }

    #[rstest]
    #[case("limit=1&filter[a]=1&size=3&__code=200", &[])]
    #[case("limt=1", &["unknown query parameter \"limt\"; did you mean \"limit\"?"])]
    #[case("Limit=1", &["unknown query parameter \"Limit\"; did you mean \"limit\"?"])]
    #[case("other=1&other=2", &["unknown query parameter \"other\""])]
    fn names_of_the_query(#[case] query: &str, #[case] expected: &[&str]) {
        assert_eq!(told(query, &[], ""), expected);
    }

    #[rstest]
    #[case("x-trace", &[])]
    #[case("x-tarce", &["unknown header parameter \"x-tarce\"; did you mean \"X-Trace\"?"])]
    #[case("x-other", &[])]
    fn names_of_headers(#[case] name: &'static str, #[case] expected: &[&str]) {
        assert_eq!(told("", &[(name, "1")], ""), expected);
    }

    #[rstest]
    #[case(r#"{"name": "a", "free": {"b": 1}, "map": {"c": {"key": 1}}}"#, &[])]
    #[case(r#"{"nmae": "a"}"#, &["unknown member /nmae; did you mean \"name\"?"])]
    #[case(r#"{"tags": [{}, {"lable": 1}]}"#, &["unknown member /tags/1/lable; did you mean \"label\"?"])]
    #[case(r#"{"map": {"c": {"other": 1}}}"#, &["unknown member /map/c/other"])]
    #[case("{", &[])]
    fn names_of_members(#[case] body: &str, #[case] expected: &[&str]) {
        assert_eq!(told("", &[], body), expected);
    }

    #[test]
    fn no_more_are_looked_for_than_are_listed() {
        let members: serde_json::Map<String, Value> =
            (0..100_000).map(|number| (format!("other{number}"), json!(1))).collect();
        assert_eq!(told("", &[], &Value::Object(members).to_string()).len(), MOST);
        let query = (0..1_000).map(|number| format!("other{number}=1")).collect::<Vec<_>>().join("&");
        assert_eq!(told(&query, &[], "").len(), MOST);
    }
}
