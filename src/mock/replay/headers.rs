//! The documented header fields of a prepared response.

use http::HeaderMap;
use http::header::{ALLOW, LOCATION};

use serde_json::Value;

use crate::contract::{Direction, HeaderDoc, ResponseDoc, StatusKey, parameter};
use crate::generate::request::{documented_value, header_text};
use crate::mock::response::set;
use crate::resources::names::letters;

/// Sets the documented header fields that are not set yet, except `Allow`, which follows from the paths:
/// required ones and where a redirection leads always, others where the document has a value for them, or where values
/// are plausible.
pub(super) fn set_documented(headers: &mut HeaderMap, response: &ResponseDoc, is_dynamic: bool) {
    let is_open = |header: &&HeaderDoc| {
        !header.name.eq_ignore_ascii_case(ALLOW.as_str()) && !headers.contains_key(header.name.as_str())
    };
    // A redirection without it leads nowhere (RFC 9110 §15.4).
    let is_redirection = matches!(response.status, StatusKey::Code(301 | 302 | 303 | 307 | 308));
    let is_needed = |header: &HeaderDoc| header.required || (is_redirection && is_location(header));
    let wanted: Vec<&HeaderDoc> = response
        .headers
        .iter()
        .filter(is_open)
        .filter(|header| is_needed(header) || !leads_nowhere(header))
        .filter(|header| {
            let is_wanted = is_dynamic || documented_value(&header.parameter).is_some();
            is_needed(header) || (is_wanted && !tells_pace(&header.name))
        })
        .collect();
    // A refusal may ask to wait.
    let is_refusal = matches!(response.status, StatusKey::Code(429 | 503));
    for header in wanted {
        let patient =
            (!is_refusal && tells_pace(&header.name)).then(|| without_wait(header, response)).flatten();
        set(headers, &header.name, patient.or_else(|| header_text(header)).as_deref());
    }
}

fn is_location(header: &HeaderDoc) -> bool {
    header.name.eq_ignore_ascii_case(LOCATION.as_str())
}

/// Whether the document shows only the form of an address: `/messages/{messageId}`.
fn leads_nowhere(header: &HeaderDoc) -> bool {
    let shown = documented_value(&header.parameter);
    is_location(header)
        && shown.is_some_and(|value| value.as_str().is_some_and(|text| text.contains(['{', '}'])))
}

/// A value for a header field about the pace that holds no client up: plenty is left, and nothing is to be waited
/// for. `None` where the field says neither, or its schema allows no such value.
fn without_wait(header: &HeaderDoc, response: &ResponseDoc) -> Option<String> {
    let letters = letters(&header.name);
    let candidates = if letters.ends_with("remaining") {
        let limit = response.headers.iter().find(|other| tells_pace(&other.name) && says_limit(&other.name));
        let limit = limit.and_then(|limit| documented_value(&limit.parameter));
        limit.into_iter().chain(PLENTY.map(Value::from)).collect::<Vec<_>>()
    } else if letters.ends_with("reset") || letters.ends_with("used") || letters == "retryafter" {
        vec![Value::from(0), Value::from(1)]
    } else if letters.ends_with("ratelimit") {
        let documented = documented_value(&header.parameter)?;
        vec![Value::from(with_plenty(documented.as_str()?))]
    } else {
        return None;
    };
    let as_text = candidates.iter().map(|value| Value::from(parameter::text(value)));
    let mut all = candidates.iter().cloned().chain(as_text).chain([Value::from(LONG_AGO)]);
    let schema = header.schema.as_ref();
    let value =
        all.find(|value| schema.is_none_or(|s| s.is_valid(Direction::Response, value) != Ok(false)))?;
    Some(parameter::write_text(&header.parameter, &value))
}

/// Whether a header field about the pace says how much is allowed.
fn says_limit(name: &str) -> bool {
    letters(name).ends_with("ratelimitlimit")
}

/// How much is left, the most plausible first.
const PLENTY: [u32; 4] = [1_000, 100, 10, 1];
/// A time to wait for that is over.
const LONG_AGO: &str = "Thu, 01 Jan 1970 00:00:00 GMT";

/// The text of a `RateLimit`, in which plenty is left: `"burst";r=0;t=5`, `limit=100, remaining=0, reset=5`.
fn with_plenty(text: &str) -> String {
    let parts = text.split_inclusive([',', ';']).map(|part| {
        let (item, end) =
            part.strip_suffix([',', ';']).map_or((part, ""), |item| (item, &part[item.len()..]));
        let Some((name, _)) = item.split_once('=') else { return part.to_owned() };
        match name.trim() {
            "r" | "remaining" => format!("{name}=100{end}"),
            "t" | "reset" => format!("{name}=0{end}"),
            _ => part.to_owned(),
        }
    });
    parts.collect()
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
    let header = response.headers.iter().find(|header| is_location(header))?;
    let format = header.schema.as_ref().and_then(|schema| {
        crate::contract::schema::View::of(schema, crate::contract::Direction::Response).text("format")
    });
    let has_own = documented_value(&header.parameter).is_some() && !leads_nowhere(header);
    (header.required && !has_own).then(|| format.as_deref() == Some("uri"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::testing;
    use rstest::rstest;
    use serde_json::json;

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
    #[case(302, json!({"type": "string", "format": "uri"}), true)]
    #[case(307, json!({"type": "string"}), true)]
    #[case(200, json!({"type": "string", "format": "uri"}), false)]
    #[case(304, json!({"type": "string", "format": "uri"}), false)]
    fn a_redirection_leads_somewhere(#[case] status: u16, #[case] schema: Value, #[case] expected: bool) {
        let contract = testing::contract(json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {
            status.to_string(): {"description": "it", "headers": {"Location": {"schema": schema}}},
        }}}}}));
        let mut headers = HeaderMap::new();
        set_documented(&mut headers, &contract.operations[0].responses[0], false);
        assert_eq!(headers.get(LOCATION).is_some_and(|to| !to.is_empty()), expected);
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

    #[rstest]
    #[case("Retry-After", json!({"type": "integer", "example": 60}), 200, "0")]
    #[case("Retry-After", json!({"type": "integer", "example": 60}), 429, "60")]
    #[case("Retry-After", json!({"type": "string", "minLength": 20}), 200, LONG_AGO)]
    #[case("X-RateLimit-Remaining", json!({"type": "integer", "example": 0}), 200, "60")]
    #[case("X-RateLimit-Remaining", json!({"type": "string", "example": "0"}), 200, "60")]
    #[case("RateLimit-Remaining", json!({"type": "integer", "maximum": 20}), 200, "10")]
    #[case("RateLimit-Reset", json!({"type": "integer", "example": 3600}), 200, "0")]
    #[case("RateLimit", json!({"type": "string", "example": "\"burst\";r=0;t=5"}), 200, "\"burst\";r=100;t=0")]
    #[case("RateLimit", json!({"type": "string", "example": "limit=9, remaining=0, reset=5"}), 200, "limit=9, remaining=100, reset=0")]
    #[case("X-RateLimit-Policy", json!({"type": "string", "example": "9;w=1"}), 200, "9;w=1")]
    fn a_required_pace_asks_nobody_to_wait(
        #[case] name: &str,
        #[case] schema: Value,
        #[case] status: u16,
        #[case] expected: &str,
    ) {
        let limit = json!({"schema": {"type": "integer"}, "example": 60});
        let contract = testing::contract(json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {
            status.to_string(): {"description": "it", "headers": {
                name: {"required": true, "schema": schema}, "X-RateLimit-Limit": limit,
            }},
        }}}}}));
        let mut headers = HeaderMap::new();
        set_documented(&mut headers, &contract.operations[0].responses[0], false);
        assert_eq!(headers[name], expected);
    }
}
