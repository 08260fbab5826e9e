use super::*;
use crate::contract::{Contract, Location, build};
use crate::document::Document;
use crate::exchange::{Exchange, Request};
use crate::judge::exchange::{Place, judge};
use http::{HeaderMap, Method, StatusCode};
use rstest::rstest;
use serde_json::json;
use std::time::Duration;

fn contract() -> Contract {
    let tree = json!({"openapi": "3.1.0", "paths": {"/x/{id}": {"put": {"responses": {"200": {}}}}}});
    build("t", &Document::of("t", tree)).unwrap().0
}

/// What is seen of a refusal: rule, place.
fn seen(valid: Valid, status: u16, sent: &'static str, answer: &'static str) -> Vec<String> {
    seen_at(valid, status, sent, answer, true)
}

fn seen_at(valid: Valid, status: u16, sent: &'static str, answer: &'static str, found: bool) -> Vec<String> {
    let contract = contract();
    let mut request = Request::new(Method::PUT, "/x/1");
    request.body = sent.into();
    let status = StatusCode::from_u16(status).unwrap();
    let exchange = Exchange {
        case: String::new(),
        url: String::new(),
        request,
        outcome: Ok(Response { status, headers: HeaderMap::new(), body: answer.into(), is_cut: false }),
        elapsed: Duration::ZERO,
    };
    let intent = Intent::Valid(valid);
    let trial = Trial {
        operation: &contract.operations[0],
        intent: &intent,
        exchange: &exchange,
        success: Some(200),
        plain: Some(200),
        asked: None,
        baseline: None,
        found,
    };
    let of = |rule: Rule| matches!(rule, Rule::ValidRejected | Rule::StatusUnexpected);
    let seen = judge(&trial).seen.into_iter().filter(|seen| of(seen.rule));
    seen.map(|seen| format!("{} {}{}", seen.rule, seen.at, seen.instance)).collect()
}

fn member(name: &str) -> Valid {
    Valid::Named(Place { at: At::RequestBody, instance: format!("/{name}") })
}

const REFUSED: &str = "valid-rejected response.status";

#[rstest]
#[case::member(member("scope"), 422, "{}", "", Some("valid-rejected request.body/scope"))]
#[case::parameter(
    Valid::Named(Place::parameter(Location::Query, "sort")),
    400,
    "",
    "",
    Some("valid-rejected request.query.sort")
)]
#[case::of_another_member(
    member("kind"),
    422,
    r#"{"kind": "x", "bits": 0}"#,
    r#"{"error": "this needs the size in bits"}"#,
    None
)]
#[case::of_both(
    member("kind"),
    422,
    r#"{"kind": "x", "bits": 0}"#,
    r#"{"error": "this kind needs bits"}"#,
    Some("valid-rejected request.body/kind")
)]
#[case::of_its_value(
    member("kind"),
    422,
    r#"{"kind": "huge", "bits": 0}"#,
    r#"{"error": "huge has no bits"}"#,
    Some("valid-rejected request.body/kind")
)]
#[case::of_a_member_of_the_whole(
    Valid::Named(Place { at: At::RequestBody, instance: String::new() }),
    400,
    r#"{"lower_bound": 0, "upper_bound": 0}"#,
    "Lower bound must be less than upper bound",
    None
)]
#[case::a_foreign_key(Valid::MadeUp, 400, r#"{"parent": 1}"#, r#"{"error": "invalid foreign key"}"#, None)]
#[case::nothing_there(Valid::MadeUp, 400, r#"{"key": "x"}"#, r#"{"code": "resource_not_exists"}"#, None)]
#[case::nothing_there_at_all(
    Valid::Plain,
    400,
    r#"{"key": "x"}"#,
    r#"{"code": "resource_not_exists"}"#,
    Some(REFUSED)
)]
#[case::plain(Valid::Plain, 400, "{}", "", Some(REFUSED))]
#[case::conflict(member("scope"), 409, "{}", "", None)]
#[case::taken(Valid::Plain, 400, r#"{"name": "x"}"#, r#"{"name": "already taken"}"#, None)]
#[case::unknown_reference(Valid::MadeUp, 400, r#"{"owner": "x"}"#, r#"{"owner": "does not exist"}"#, None)]
#[case::documented(Valid::Plain, 400, r#"{"kind": "x"}"#, r#"{"kind": "unknown"}"#, Some(REFUSED))]
#[case::documented_id(Valid::Plain, 400, r#"{"kindId": 1}"#, r#"{"kindId": "unknown"}"#, None)]
#[case::not_there(Valid::Plain, 404, "", "", Some("status-unexpected response.status"))]
#[case::another(Valid::Plain, 404, r#"{"owner": 1}"#, "", None)]
#[case::made_up(Valid::MadeUp, 404, "", "", None)]
fn refusals(
    #[case] valid: Valid,
    #[case] status: u16,
    #[case] sent: &'static str,
    #[case] answer: &'static str,
    #[case] expected: Option<&str>,
) {
    assert_eq!(
        seen(valid, status, sent, answer),
        expected.map(str::to_owned).into_iter().collect::<Vec<_>>()
    );
}

#[test]
fn what_a_path_names_may_be_unknown_there() {
    let is_seen = |answer| !seen_at(Valid::Plain, 400, "", answer, false).is_empty();
    assert!(!is_seen(r#"{"error": "shelf [1] does not exist"}"#));
    assert!(is_seen(r#"{"error": "shelf [2] does not exist"}"#));
    assert!(is_seen(r#"{"error": "that cannot be"}"#));
}

#[rstest]
#[case("/y/{id}", Some(Rule::StatusUnexpected))]
#[case("/y/{id}/icon", None)]
#[case("/y/{id}/note", Some(Rule::StatusUnexpected))]
fn a_thing_of_an_object_may_be_missing(#[case] path: &str, #[case] expected: Option<Rule>) {
    let (with, without) = (json!({"200": {}, "404": {}}), json!({"200": {}}));
    let tree = json!({"openapi": "3.1.0", "paths": {
        "/y/{id}": {"get": {"responses": with}}, "/y/{id}/icon": {"get": {"responses": with}},
        "/y/{id}/note": {"get": {"responses": without}},
    }});
    let seen = refused(&tree, path, Valid::Plain, "", StatusCode::NOT_FOUND);
    assert_eq!(seen.iter().map(|(rule, _)| *rule).find(|rule| *rule == Rule::StatusUnexpected), expected);
}

/// What a plain request leaves out may be wanted; a place that was made up may be no such thing.
#[rstest]
#[case::nothing_left_out("/y", Valid::Plain, "", Some(Error))]
#[case::left_out("/z", Valid::Plain, "", Some(Warning))]
#[case::sent("/z", Valid::Plain, "at=1", Some(Error))]
#[case::made_up_place("/y/{id}", Valid::MadeUp, "", None)]
#[case::plain_place("/y/{id}", Valid::Plain, "", Some(Error))]
#[case::of_an_object("/y/{id}/code", Valid::Plain, "", Some(Warning))]
fn a_refused_read(
    #[case] path: &str,
    #[case] valid: Valid,
    #[case] query: &str,
    #[case] expected: Option<crate::rules::Severity>,
) {
    let ok = json!({"200": {}});
    let at = json!([{"name": "at", "in": "query", "schema": {"type": "integer"}}]);
    let tree = json!({"openapi": "3.1.0", "paths": {
        "/y": {"get": {"responses": ok}}, "/z": {"get": {"responses": ok, "parameters": at}},
        "/y/{id}": {"get": {"responses": ok}}, "/y/{id}/code": {"get": {"responses": ok}},
    }});
    let seen = refused(&tree, path, valid, query, StatusCode::BAD_REQUEST);
    let rejected = seen.into_iter().find(|(rule, _)| *rule == Rule::ValidRejected);
    assert_eq!(rejected.map(|(_, severity)| severity), expected);
}

/// A read that holds nothing which could be wrong is refused for what the server is.
#[rstest]
#[case::its_state("The bridge must be running to list its parts.", None)]
#[case::off("this part is disabled", None)]
#[case::of_the_request("the header X-Shop is required", Some(Error))]
fn a_bare_read(#[case] answer: &'static str, #[case] expected: Option<crate::rules::Severity>) {
    let tree = json!({"openapi": "3.1.0", "paths": {"/y": {"get": {"responses": {"200": {}}}}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    let status = StatusCode::BAD_REQUEST;
    let outcome = Ok(Response { status, headers: HeaderMap::new(), body: answer.into(), is_cut: false });
    let (request, elapsed) = (Request::new(Method::GET, "/y"), Duration::ZERO);
    let exchange = Exchange { case: String::new(), url: String::new(), request, outcome, elapsed };
    let trial = Trial {
        operation: &contract.operations[0],
        found: true,
        intent: &Intent::Valid(Valid::Plain),
        exchange: &exchange,
        success: None,
        plain: None,
        asked: None,
        baseline: None,
    };
    let seen = judge(&trial).seen.into_iter().find(|seen| seen.rule == Rule::ValidRejected);
    assert_eq!(seen.map(|seen| seen.severity), expected);
}

/// What is seen of a GET that is refused; whatever its path names is known to be there, but where it was
/// made up.
fn refused(
    tree: &serde_json::Value,
    path: &str,
    valid: Valid,
    query: &str,
    status: StatusCode,
) -> Vec<(Rule, crate::rules::Severity)> {
    let (contract, _) = build("t", &Document::of("t", tree.clone())).unwrap();
    let operation = contract.operations.iter().find(|operation| operation.path() == path).unwrap();
    let mut request = Request::new(Method::GET, path);
    request.query = Some(query.to_owned()).filter(|query| !query.is_empty());
    let outcome = Ok(Response { status, headers: HeaderMap::new(), body: "".into(), is_cut: false });
    let elapsed = Duration::ZERO;
    let exchange = Exchange { case: String::new(), url: String::new(), request, outcome, elapsed };
    let trial = Trial {
        operation,
        found: valid == Valid::Plain,
        intent: &Intent::Valid(valid),
        exchange: &exchange,
        success: None,
        plain: None,
        asked: None,
        baseline: None,
    };
    judge(&trial).seen.into_iter().map(|seen| (seen.rule, seen.severity)).collect()
}

#[rstest]
#[case::of_another_kind(r#"{"type": "file"}"#, false)]
#[case::of_that_kind(r#"{"type": "folder"}"#, true)]
#[case::of_no_kind(r#"{"name": "a"}"#, true)]
fn an_object_is_of_one_kind(#[case] shown: &'static str, #[case] expected: bool) {
    let contract = contract();
    let mut request = Request::new(Method::GET, "/x/1");
    request.query = Some("type=folder".to_owned());
    let reply = |status: StatusCode, body: &'static str| Response {
        status,
        headers: HeaderMap::new(),
        body: body.into(),
        is_cut: false,
    };
    let exchange = Exchange {
        case: String::new(),
        url: String::new(),
        request,
        outcome: Ok(reply(StatusCode::BAD_REQUEST, "not a folder")),
        elapsed: Duration::ZERO,
    };
    let intent = Intent::Valid(Valid::Named(Place::parameter(Location::Query, "type")));
    let plain = reply(StatusCode::OK, shown);
    let trial = Trial {
        operation: &contract.operations[0],
        intent: &intent,
        exchange: &exchange,
        success: Some(200),
        plain: Some(200),
        asked: None,
        baseline: Some(&plain),
        found: true,
    };
    assert_eq!(judge(&trial).seen.iter().any(|seen| seen.rule == Rule::ValidRejected), expected);
}

/// What is seen of a refusal of a request without a body to what belongs to an object: rules with severities.
fn seen_of(method: Method, path: &str, status: u16, answer: &'static str) -> Vec<String> {
    let done = json!({"responses": {"200": {}}});
    let tree = json!({"openapi": "3.1.0", "paths": {
        "/x/{id}": {"get": done, "delete": done},
        "/x/{id}/collar": {"get": done},
    }});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    let fits = |o: &&crate::contract::Operation| o.method == method && o.template.values(path).len() == 1;
    let operation = contract.operations.iter().filter(fits);
    let operation =
        operation.max_by_key(|o| (path.ends_with("collar")) == (o.path().ends_with("collar"))).unwrap();
    let exchange = Exchange {
        case: String::new(),
        url: String::new(),
        request: Request::new(method, path),
        outcome: Ok(Response {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: answer.into(),
            is_cut: false,
        }),
        elapsed: Duration::ZERO,
    };
    let intent = Intent::Valid(Valid::Plain);
    let trial = Trial { found: true, ..Trial::after_success(operation, &intent, &exchange) };
    let of = |rule: Rule| matches!(rule, Rule::ValidRejected | Rule::StatusUnexpected);
    let seen = judge(&trial).seen.into_iter().filter(|seen| of(seen.rule));
    let name = |severity| if severity == Error { "error" } else { "warning" };
    seen.map(|seen| format!("{} {}", seen.rule, name(seen.severity))).collect()
}

#[rstest]
#[case::it_holds_others(Method::DELETE, "/x/1", 422, "Layer has associated notes.", &[])]
#[case::no_reason(Method::DELETE, "/x/1", 422, "No.", &["valid-rejected error"])]
#[case::a_read_holds_nothing(Method::GET, "/x/1", 422, "Layer has associated notes.", &["valid-rejected error"])]
#[case::of_another_kind(Method::GET, "/x/1", 415, "", &[])]
#[case::the_object_is_gone(Method::GET, "/x/1", 404, "", &["status-unexpected error"])]
#[case::it_may_have_none(Method::GET, "/x/1/collar", 404, "", &["status-unexpected warning"])]
fn refusals_that_are_about_the_object(
    #[case] method: Method,
    #[case] path: &str,
    #[case] status: u16,
    #[case] answer: &'static str,
    #[case] expected: &[&str],
) {
    assert_eq!(seen_of(method, path, status, answer), expected);
}

/// A 404 may be about what the query names, where it says so and the query cannot do without it.
#[rstest]
#[case::it_names_nothing("Unknown end: far-away.", true, None)]
#[case::of_the_path(
    "Cannot GET /end?name=far-away",
    true,
    Some("a path without an object was answered with 404")
)]
#[case::says_nothing("", true, Some("a path without an object was answered with 404"))]
#[case::it_may_be_left_out(
    "Unknown end: far-away.",
    false,
    Some("a path without an object was answered with 404")
)]
fn what_the_query_names_may_not_be_there(
    #[case] answer: &'static str,
    #[case] required: bool,
    #[case] expected: Option<&str>,
) {
    let tree = json!({"openapi": "3.1.0", "paths": {"/end": {"get": {"responses": {"200": {}}, "parameters": [
        {"name": "name", "in": "query", "required": required, "schema": {"type": "string"}}]}}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    let mut request = Request::new(Method::GET, "/end");
    request.query = Some("name=far-away".to_owned());
    let exchange = Exchange {
        case: String::new(),
        url: String::new(),
        request,
        outcome: Ok(Response {
            status: StatusCode::NOT_FOUND,
            headers: HeaderMap::new(),
            body: answer.into(),
            is_cut: false,
        }),
        elapsed: Duration::ZERO,
    };
    let intent = Intent::Valid(Valid::Plain);
    let trial = Trial { found: true, ..Trial::after_success(&contract.operations[0], &intent, &exchange) };
    let seen = judge(&trial).seen.into_iter().find(|seen| seen.rule == Rule::StatusUnexpected);
    assert_eq!(seen.map(|seen| seen.message).as_deref(), expected);
}

/// What a refusal says of the object in the path is no fault where the request says nothing else.
#[rstest]
#[case::nothing("", false)]
#[case::an_empty_object("{}", false)]
#[case::something(r#"{"size": 3}"#, true)]
fn an_object_may_not_be_ready(#[case] body: &'static str, #[case] expected: bool) {
    let tree = json!({"openapi": "3.1.0", "paths": {"/x/{id}/seal": {"post": {"responses": {"200": {}}}}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    let mut request = Request::new(Method::POST, "/x/c7f3-49aa/seal");
    request.body = body.into();
    let answer = "Box c7f3-49aa has no assigned shelf yet.";
    let exchange = Exchange {
        case: String::new(),
        url: String::new(),
        request,
        outcome: Ok(Response {
            status: StatusCode::BAD_REQUEST,
            headers: HeaderMap::new(),
            body: answer.into(),
            is_cut: false,
        }),
        elapsed: Duration::ZERO,
    };
    let intent = Intent::Valid(Valid::MadeUp);
    let trial = Trial { found: true, ..Trial::after_success(&contract.operations[0], &intent, &exchange) };
    assert_eq!(judge(&trial).seen.iter().any(|seen| seen.rule == Rule::ValidRejected), expected);
}
