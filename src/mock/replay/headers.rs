//! The documented header fields of a prepared response.

use http::HeaderMap;
use http::header::{ALLOW, LOCATION};

use crate::contract::{HeaderDoc, ResponseDoc};
use crate::generate::request::{documented_value, header_text};
use crate::mock::response::set;

/// Sets the documented header fields that are not set yet, except `Allow`, which follows from the paths:
/// required ones always, others where the document has a value for them, or where values are plausible.
pub(super) fn set_documented(headers: &mut HeaderMap, response: &ResponseDoc, is_dynamic: bool) {
    let is_open = |header: &&HeaderDoc| {
        !header.name.eq_ignore_ascii_case(ALLOW.as_str()) && !headers.contains_key(header.name.as_str())
    };
    let wanted: Vec<&HeaderDoc> = response
        .headers
        .iter()
        .filter(is_open)
        .filter(|header| {
            let is_wanted = is_dynamic || documented_value(&header.parameter).is_some();
            header.required || (is_wanted && !tells_pace(&header.name))
        })
        .collect();
    for header in wanted {
        set(headers, &header.name, header_text(header).as_deref());
    }
}

/// Whether a header field says how soon a client may ask again. An example of it would hold clients up, and only
/// the mock's own `[limit]` knows.
fn tells_pace(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix("x-").unwrap_or(&name);
    name == "retry-after" || name.starts_with("ratelimit") || name.starts_with("rate-limit")
}

/// Whether a response must say where the new object is, and the document has no value for that; and whether
/// the whole address is wanted.
pub(super) fn wants_location(response: &ResponseDoc) -> Option<bool> {
    let header =
        response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(LOCATION.as_str()))?;
    let format = header.schema.as_ref().and_then(|schema| {
        crate::contract::schema::View::of(schema, crate::contract::Direction::Response).text("format")
    });
    let has_own = documented_value(&header.parameter).is_some();
    (header.required && !has_own).then(|| format.as_deref() == Some("uri"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::testing;
    use rstest::rstest;
    use serde_json::{Value, json};

    #[rstest]
    #[case(json!({"required": true, "schema": {"type": "integer"}}), false, Some("0"))]
    #[case(json!({"schema": {"type": "string"}}), false, None)]
    #[case(json!({"schema": {"type": "integer", "minimum": 3}}), true, Some("3"))]
    #[case(json!({"schema": {"type": "string", "default": "d"}}), false, Some("d"))]
    #[case(json!({"schema": {"type": "string"}, "example": "e"}), false, Some("e"))]
    #[case(json!({"schema": {"type": "string"}, "examples": {"one": {"value": "f"}}}), false, Some("f"))]
    #[case(json!({"schema": {"type": "array", "items": {"type": "string"}}, "example": ["a", "b"]}), false, Some("a,b"))]
    #[case(json!({"schema": {"type": "object"}, "example": {"a": 1, "b": 2}}), false, Some("a,1,b,2"))]
    #[case(json!({"explode": true, "schema": {"type": "object"}, "example": {"a": 1, "b": 2}}), false, Some("a=1,b=2"))]
    #[case(json!({"content": {"application/json": {"schema": {"type": "object"}, "example": {"a": 1}}}}), false, Some("{\"a\":1}"))]
    fn header_fields(#[case] header: Value, #[case] is_dynamic: bool, #[case] expected: Option<&str>) {
        let contract = testing::contract(json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {
            "200": {"description": "it", "headers": {"X-A": header, "X-Set": {"required": true, "schema": {}}}},
        }}}}}));
        let mut headers = HeaderMap::new();
        headers.insert("x-set", http::HeaderValue::from_static("own"));
        set_documented(&mut headers, &contract.operations[0].responses[0], is_dynamic);
        assert_eq!(headers.get("x-a").map(|value| value.to_str().unwrap()), expected);
        assert_eq!(headers["x-set"], "own");
    }

    #[rstest]
    #[case("RateLimit", true)]
    #[case("X-RateLimit-Remaining", true)]
    #[case("x-rate-limit-reset", true)]
    #[case("Retry-After", true)]
    #[case("X-Rate", false)]
    #[case("X-Total-Count", false)]
    fn an_example_holds_no_client_up(#[case] name: &str, #[case] is_left_out: bool) {
        let shown = json!({"schema": {"type": "string"}, "example": "0"});
        let contract = testing::contract(json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {
            "200": {"description": "it", "headers": {name: shown}},
        }}}}}));
        let mut headers = HeaderMap::new();
        set_documented(&mut headers, &contract.operations[0].responses[0], false);
        assert_eq!(headers.is_empty(), is_left_out);
    }
}
