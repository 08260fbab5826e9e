use super::*;
use crate::contract::{Operation, build};
use crate::document::Document;
use crate::exchange::{Request, Response};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use rstest::rstest;
use serde_json::json;

fn operation(response: &Value, parameters: &Value) -> Operation {
    let document = Document::of(
        "t",
        json!({"openapi": "3.2.0", "paths": {"/a": {"get": {"parameters": parameters, "responses": {"200": response}}}}}),
    );
    build("t", &document).unwrap().0.operations.remove(0)
}

fn answer(headers: &[(&str, &str)], body: &[u8]) -> Response {
    let headers = headers.iter().map(|(name, value)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
    });
    let body = body.to_vec().into();
    Response { status: StatusCode::OK, headers: headers.collect(), body, is_cut: false }
}

/// Each violation as its rule's kind and the place that it is about.
fn told(violations: &[Violation]) -> Vec<String> {
    violations.iter().map(|v| format!("{:?} {}", v.kind, v.instance()).trim_end().to_owned()).collect()
}

fn judged(response: &Value, sent: &Response) -> Vec<String> {
    told(&super::response(&operation(response, &json!([])), &Method::GET, sent).violations)
}

/// What is documented without content may not announce any (RFC 9110 §15.3.5).
#[rstest]
#[case(&[], false)]
#[case(&[("content-length", "0")], false)]
#[case(&[("content-length", "5")], true)]
#[case(&[("transfer-encoding", "chunked")], true)]
fn an_empty_answer_announces_nothing(#[case] headers: &[(&str, &str)], #[case] expected: bool) {
    let tree = json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {"204": {}}}}}});
    let operation = build("t", &Document::of("t", tree)).unwrap().0.operations.remove(0);
    let sent = Response { status: StatusCode::NO_CONTENT, ..answer(headers, b"") };
    let found = told(&super::response(&operation, &Method::GET, &sent).violations);
    assert_eq!(found, vec!["Unexpected"; usize::from(expected)]);
}

/// No octets are a text, and no JSON at all.
#[rstest]
#[case("text/plain", &[])]
#[case("application/json", &["Missing"])]
fn a_body_without_octets(#[case] media_type: &str, #[case] expected: &[&str]) {
    let content = json!({"text/plain": {"schema": {"type": "string"}}, "application/json": {"schema": {"type": "object"}}});
    let tree = json!({"openapi": "3.1.0", "paths": {"/a": {"post": {
        "requestBody": {"required": true, "content": content}, "responses": {"200": {}},
    }}}});
    let operation = build("t", &Document::of("t", tree)).unwrap().0.operations.remove(0);
    let mut sent = Request::new(Method::POST, "/a");
    sent.headers.insert("content-type", HeaderValue::from_str(media_type).unwrap());
    assert_eq!(told(&super::request(&operation, &[], &sent)), expected);
}

fn integers() -> Value {
    json!({"schema": {"type": "array", "items": {"type": "integer"}}})
}

fn colour(explode: bool) -> Value {
    let schema = json!({"type": "object", "required": ["r"], "properties": {"r": {"type": "integer"}}});
    json!({"explode": explode, "schema": schema})
}

#[rstest]
#[case(integers(), &["1,2, 3"], &[])]
#[case(integers(), &["1", "2,3"], &[])]
#[case(integers(), &["1,two"], &["Schema /1"])]
#[case(integers(), &["1", "two"], &["Schema /1"])]
#[case(integers(), &["[1,2]"], &["Schema"])]
#[case(integers(), &[""], &[])]
#[case(colour(false), &["r,1,g,2"], &[])]
#[case(colour(false), &["r,one"], &["Schema /r"])]
#[case(colour(false), &["r"], &["Schema"])]
#[case(colour(false), &["{\"r\":1}"], &["Schema"])]
#[case(colour(true), &["r=1,g=2"], &[])]
#[case(colour(true), &["r=x"], &["Schema /r"])]
#[case(colour(true), &["r,1"], &["Schema"])]
#[case(json!({"schema": {"type": "integer"}}), &["7"], &[])]
#[case(json!({"schema": {"oneOf": [{"type": "integer"}, {"enum": ["all"]}]}}), &["7"], &[])]
#[case(json!({"schema": {"oneOf": [{"type": "integer"}, {"enum": ["all"]}]}}), &["all"], &[])]
#[case(json!({"schema": {"oneOf": [{"type": "integer"}, {"enum": ["all"]}]}}), &["none"], &["Schema"])]
#[case(json!({"content": {"application/json": {"schema": {"type": "object", "required": ["a"]}}}}), &["{\"a\":1}"], &[])]
#[case(json!({"content": {"application/json": {"schema": {"type": "object", "required": ["a"]}}}}), &["{}"], &["Schema"])]
fn headers_by_their_style(#[case] header: Value, #[case] lines: &[&str], #[case] expected: &[&str]) {
    let sent: Vec<(&str, &str)> = lines.iter().map(|line| ("x-h", *line)).collect();
    assert_eq!(judged(&json!({"headers": {"X-H": header}}), &answer(&sent, b"")), expected);
}

#[rstest]
#[case("form", true, "p=1&p=2", &[])]
#[case("form", true, "p=1&p=two", &["Schema /1"])]
#[case("form", false, "p=1,two", &["Schema /1"])]
#[case("form", false, "p=1&p=two", &["Schema /1"])]
#[case("spaceDelimited", false, "p=1%20two", &["Schema /1"])]
#[case("spaceDelimited", false, "p=1+2", &[])]
#[case("pipeDelimited", false, "p=1|9", &["Schema /1"])]
#[case("pipeDelimited", false, "p=1%7C2", &[])]
fn lists_are_judged_by_item(
    #[case] style: &str,
    #[case] explode: bool,
    #[case] query: &str,
    #[case] expected: &[&str],
) {
    let schema = json!({"type": "array", "items": {"type": "integer", "maximum": 5}});
    let parameter = json!({"name": "p", "in": "query", "style": style, "explode": explode, "schema": schema});
    let operation = operation(&json!({}), &json!([parameter]));
    let mut sent = Request::new(Method::GET, "/a");
    sent.query = Some(query.to_owned());
    assert_eq!(told(&request(&operation, &[], &sent)), expected);
}

#[rstest]
#[case("q=x&a=1&b=2", &[])]
#[case("q=x&a=one", &["Schema /a"])]
#[case("q=x&__code=abc", &[])]
#[case("q=x", &[])]
fn an_object_of_any_members_takes_what_is_left(#[case] query: &str, #[case] expected: &[&str]) {
    let schema = json!({"type": "object", "additionalProperties": {"type": "integer"}});
    let parameters = json!([
        {"name": "q", "in": "query", "schema": {"type": "string"}},
        {"name": "any", "in": "query", "schema": schema},
    ]);
    let operation = operation(&json!({}), &parameters);
    let mut sent = Request::new(Method::GET, "/a");
    sent.query = Some(query.to_owned());
    assert_eq!(told(&request(&operation, &[], &sent)), expected);
}

#[rstest]
#[case("x-p", "1,2", &[])]
#[case("x-p", "1,two", &["Schema /1"])]
fn lists_in_headers_are_judged_by_item(#[case] name: &str, #[case] text: &str, #[case] expected: &[&str]) {
    let schema = json!({"type": "array", "items": {"type": "integer"}});
    let operation = operation(&json!({}), &json!([{"name": "X-P", "in": "header", "schema": schema}]));
    let mut sent = Request::new(Method::GET, "/a");
    sent.headers.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), text.parse().unwrap());
    assert_eq!(told(&request(&operation, &[], &sent)), expected);
}

#[rstest]
#[case("text/plain", json!({"type": "string"}), "text/plain", &[])]
#[case("text/plain", json!({"type": "string", "minLength": 1}), "text/plain", &["Schema"])]
#[case("text/csv", json!({"type": "string"}), "text/csv", &[])]
#[case("text/csv", json!({"type": "array", "minItems": 1}), "text/csv", &["Schema"])]
#[case("application/octet-stream", json!({"type": "string", "format": "binary"}), "application/octet-stream", &[])]
#[case("application/octet-stream", json!({"type": "string", "minLength": 1}), "application/octet-stream", &["Schema"])]
#[case("application/x-ndjson", json!({"type": "string"}), "application/x-ndjson", &[])]
#[case("application/json", json!({"type": "object"}), "application/json", &["Missing"])]
#[case("application/xml", json!({"type": "object"}), "application/xml", &["Missing"])]
#[case("image/png", json!({"type": "string"}), "image/png", &["Missing"])]
#[case("application/json", json!({"type": "object"}), "", &["Missing"])]
#[case("text/plain", json!({"type": "string"}), "", &[])]
#[case("text/plain", json!({"type": "string", "minLength": 1}), "", &["Missing"])]
#[case("text/plain", json!({"type": "string"}), "application/json", &["Missing"])]
fn no_octets(#[case] documented: &str, #[case] schema: Value, #[case] sent: &str, #[case] expected: &[&str]) {
    let sent: &[(&str, &str)] = if sent.is_empty() { &[] } else { &[("content-type", sent)] };
    let response = json!({"content": {documented: {"schema": schema}}});
    assert_eq!(judged(&response, &answer(sent, b"")), expected);
}

#[rstest]
#[case("text/plain; charset=ISO-8859-1", b"caf\xe9", &[])]
#[case("Text/Plain; Charset=\"utf-16\"", b"\xff\xfec\0a\0f\0\xe9\0", &[])]
#[case("text/plain; charset=iso-8859-1", b"cafes", &["Schema"])]
#[case("text/plain; charset=klingon-7", b"qapla'!", &[])]
#[case("text/plain; charset=utf-8", b"caf\xe9", &["Malformed"])]
#[case("text/plain", b"caf\xe9", &[])]
#[case("application/json; charset=klingon-7", b"\"cafe\"", &[])]
#[case("APPLICATION/JSON; charset=utf-16", b"\xef\xbb\xbf\"cafes\"", &["Schema"])]
#[case("application/json", b"\"caf\xe9\"", &["Malformed"])]
#[case("application/xml; charset=iso-8859-1", b"<a>caf\xe9</a>", &[])]
#[case("application/xml", b"<?xml version='1.0' encoding='iso-8859-1'?><a>caf\xe9</a>", &[])]
#[case("application/xml", b"<a>caf\xe9</a>", &["Malformed"])]
fn charsets(#[case] sent: &str, #[case] body: &[u8], #[case] expected: &[&str]) {
    let schema = json!({"type": "string", "pattern": "^caf.$"});
    let response = json!({"content": {
        "text/plain": {"schema": schema}, "application/json": {"schema": schema}, "application/xml": {},
    }});
    assert_eq!(judged(&response, &answer(&[("content-type", sent)], body)), expected);
}

#[rstest]
#[case("text/event-stream", json!({"schema": {"type": "string", "minLength": 99}}), "data: 1\n\n", true, &[])]
#[case("text/event-stream", json!({"schema": {"type": "string", "minLength": 99}}), "data: 1\n\n", false, &["Schema"])]
#[case("text/event-stream", json!({"schema": {"type": "string"}}), "", true, &[])]
#[case("text/event-stream", json!({"itemSchema": {"properties": {"data": {"maxLength": 1}}}}), "data: 1\n\ndata: 22\n\n", true, &["Schema /1/data"])]
#[case("application/jsonl", json!({"itemSchema": {"required": ["n"]}}), "{\"n\":1}\n{}\n", true, &["Schema /1"])]
#[case("application/jsonl", json!({"itemSchema": {"required": ["n"]}}), "{\"n\":1}\n{\n", false, &["Malformed"])]
#[case("application/jsonl", json!({"schema": {"type": "array", "minItems": 3}}), "1\n2\n", true, &[])]
#[case("application/jsonl", json!({"schema": {"type": "array", "minItems": 3}}), "1\n2\n", false, &["Schema"])]
#[case("application/jsonl", json!({"schema": {"type": "object"}}), "1\n2\n", false, &[])]
#[case("application/json", json!({"schema": {"type": "array"}}), "1\n2\n", true, &["Unjudged"])]
#[case("application/json", json!({"schema": {"type": "array"}}), "1\n2\n", false, &["Malformed"])]
fn streams(
    #[case] media_type: &str,
    #[case] content: Value,
    #[case] body: &str,
    #[case] is_cut: bool,
    #[case] expected: &[&str],
) {
    let mut sent = answer(&[("content-type", media_type)], body.as_bytes());
    sent.is_cut = is_cut;
    assert_eq!(judged(&json!({"content": {media_type: content}}), &sent), expected);
}

/// OpenAPI 3.2: a parameter that is the whole query string.
#[rstest]
#[case("application/x-www-form-urlencoded", "a=1&b=x", &[])]
#[case("application/x-www-form-urlencoded", "a=one", &["/a"])]
#[case("application/x-www-form-urlencoded", "b=x", &[""])]
#[case("application/json", "%7B%22a%22%3A1%7D", &[])]
#[case("application/json", "%7B%22a%22%3A%22x%22%7D", &["/a"])]
#[case("application/json", "a=1", &[""])]
#[case("application/json", "", &[""])]
fn a_whole_query_is_one_value(#[case] media_type: &str, #[case] query: &str, #[case] expected: &[&str]) {
    let schema = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}});
    let tree = json!({"openapi": "3.2.0", "paths": {"/a": {"get": {
        "parameters": [{"name": "q", "in": "querystring", "required": true, "content": {media_type: {"schema": schema}}}],
        "responses": {"204": {"description": "done"}},
    }}}});
    let (contract, problems) = build("t", &Document::of("t", tree)).unwrap();
    assert!(problems.iter().all(|problem| !problem.message.contains("query string")), "{problems:?}");
    let mut sent = Request::new(http::Method::GET, "/a");
    sent.query = Some(query.to_owned());
    let found = request(&contract.operations[0], &[], &sent);
    assert_eq!(found.iter().map(Violation::instance).collect::<Vec<_>>(), expected);
    let parameter = &contract.operations[0].parameters[0];
    let written = crate::contract::parameter::write_query(parameter, &json!({"a": 1}));
    assert_eq!(written, [if media_type == "application/json" { "%7B%22a%22%3A1%7D" } else { "a=1" }]);
}
