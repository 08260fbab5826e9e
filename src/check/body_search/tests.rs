use rstest::rstest;
use serde_json::json;

use super::*;
use crate::contract::{Contract, build};
use crate::document::Document;

fn contract(schema: &Value) -> Contract {
    let tree = json!({"openapi": "3.1.0", "paths": {"/x": {"post": {
        "requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {"200": {}},
    }}}});
    build("t", &Document::of("t", tree)).unwrap().0
}

fn refusal(text: &str) -> Refusal {
    Refusal::reading(text.as_bytes())
}

/// The bodies that are sent in turn, where each is refused like this.
fn bodies(schema: &Value, body: Value, status: u16, told: &str) -> Vec<Value> {
    let contract = contract(schema);
    let schema = contract.operations[0].body.as_ref().unwrap().content[0].schema.as_deref().unwrap();
    let mut search = Search::new(schema, body, true);
    let mut found = Vec::new();
    while search.next(status, &refusal(told)).is_some() {
        found.push(search.body.clone());
        assert!(found.len() < 12, "a search ends: {found:?}");
    }
    found
}

fn any() -> Value {
    json!({"type": "object", "required": ["name", "size"], "properties": {
        "name": {"type": "string"}, "size": {"type": "integer"}, "colour": {"type": "string"},
        "shop": {"type": "object", "properties": {"code": {"type": "string"}}},
        "kind": {"enum": ["system", "guest"]},
    }})
}

#[rstest]
#[case::optional("colour is not known", json!({"name": "a", "size": 0, "colour": "x"}), json!({"name": "a", "size": 0}))]
#[case::inner("no such code", json!({"name": "a", "size": 0, "shop": {"code": "x"}}), json!({"name": "a", "size": 0, "shop": {}}))]
#[case::required("size must be at least 10", json!({"name": "a", "size": 0}), json!({"name": "a", "size": 10}))]
#[case::absent("a colour is missing", json!({"name": "a", "size": 0}), json!({"name": "a", "size": 0, "colour": "counterpartxmarkxaaa"}))]
#[case::choice("colour should be 'red' or 'blue'", json!({"name": "a", "size": 0, "colour": "x"}), json!({"name": "a", "size": 0, "colour": "red"}))]
#[case::listed("the kind system cannot be made", json!({"name": "a", "size": 0, "kind": "system"}), json!({"name": "a", "size": 0, "kind": "guest"}))]
#[case::form("name: enter a valid email", json!({"name": "a", "size": 0}), json!({"name": "xmarkxaaa@example.com", "size": 0}))]
#[case::length("name: at least 4 characters", json!({"name": "a", "size": 0}), json!({"name": "aAa1", "size": 0}))]
#[case::value("there is no \"gpu\"", json!({"name": "a", "size": 0, "shop": {"code": "gpu"}}), json!({"name": "a", "size": 0}))]
#[case::pattern("{\"errors\":[{\"title\":\"no\",\"detail\":\"\\\"colour\\\" must match /^[12]-[ab]$/\"}]}", json!({"name": "a", "size": 0, "colour": "x"}), json!({"name": "a", "size": 0, "colour": "1-a"}))]
#[case::unquoted("colour must be one of [red, blue]", json!({"name": "a", "size": 0, "colour": "x"}), json!({"name": "a", "size": 0, "colour": "red"}))]
#[case::its_own_line("{\"a\":\"\\\"size\\\" is 'tall'\",\"b\":\"\\\"colour\\\" is 'red'\"}", json!({"name": "a", "size": 0, "colour": "x"}), json!({"name": "a", "size": 1, "colour": "x"}))]
#[case::nothing("no", json!({"name": "a", "size": 0, "colour": "x", "shop": {"code": "x"}}), json!({"name": "a", "size": 0}))]
fn the_next_body(#[case] told: &str, #[case] body: Value, #[case] expected: Value) {
    assert_eq!(bodies(&any(), body, 400, told).first(), Some(&expected));
}

/// What is left must be known again: a name stays as long as nothing else has a text of the run.
#[test]
fn a_name_goes_last() {
    let schema = json!({"type": "object", "properties": {
        "key_of": {"type": "string"}, "title": {"type": "string"}, "size": {"type": "integer"}}});
    let text = "counterpartxmarkxaaa";
    let body = json!({"key_of": text, "title": text, "size": 0});
    assert_eq!(bodies(&schema, body, 400, "no")[..2], [json!({ "title": text }), json!({})]);
}

#[test]
fn a_body_that_may_have_more_gets_more() {
    let schema =
        json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}}});
    assert_eq!(bodies(&schema, json!({}), 400, "no"), [json!({"a": 0, "b": true})]);
}

#[test]
fn a_target_that_fails_gets_less_once() {
    assert_eq!(
        bodies(&any(), json!({"name": "a", "size": 0, "colour": "x"}), 500, "colour"),
        [json!({"name": "a", "size": 0})]
    );
}

#[test]
fn what_was_left_out_comes_back_where_it_is_asked_for() {
    let schema =
        json!({"type": "object", "properties": {"user": {"type": "string"}, "group": {"type": "string"}}});
    let told = "specify exactly one of `user` or `group`";
    let sent = bodies(&schema, json!({"user": "a", "group": "b"}), 400, told);
    assert!(sent.contains(&json!({"user": "a"})) || sent.contains(&json!({"group": "b"})), "{sent:?}");
    let contract = contract(&schema);
    let schema = contract.operations[0].body.as_ref().unwrap().content[0].schema.as_deref().unwrap();
    let mut search = Search::new(schema, json!({"user": "a", "group": "b"}), true);
    search.next(500, &refusal("it failed"));
    assert_eq!(search.body, json!({}));
    search.next(400, &refusal(told));
    assert_eq!(search.body, json!({"user": "a"}));
}

#[test]
fn what_was_taken_in_another_form_comes_back_in_it() {
    let contract = contract(&json!({"type": "object", "properties": {"name": {"type": "string"}}}));
    let schema = contract.operations[0].body.as_ref().unwrap().content[0].schema.as_deref().unwrap();
    let mut search = Search::new(schema, json!({"name": "x"}), true);
    search.next(422, &refusal("the name 'x' is no good"));
    assert_eq!(search.body, json!({}));
    assert_eq!(search.next(422, &refusal("the name is missing")), None, "nobody says what it should be");
    let mut search = Search::new(schema, json!({"name": "x"}), true);
    search.next(422, &refusal("the name is no email"));
    search.next(422, &refusal("something else"));
    assert_eq!(search.body, json!({}));
    search.next(422, &refusal("the name is missing"));
    assert_eq!(search.body, json!({"name": "xmarkxaaa@example.com"}));
}

#[test]
fn fresh_names_are_tried_twice() {
    let body = json!({"name": mark::PLACEHOLDER, "size": 0});
    assert_eq!(bodies(&any(), body.clone(), 409, "it exists"), [body.clone(), body]);
    assert!(bodies(&any(), json!({"name": "a", "size": 0}), 409, "it exists").is_empty());
}

#[test]
fn what_an_action_does_is_not_chosen() {
    let contract = contract(&any());
    let schema = contract.operations[0].body.as_ref().unwrap().content[0].schema.as_deref().unwrap();
    let mut search = Search::new(schema, json!({"name": "a", "size": 0, "colour": "x"}), false);
    search.next(400, &refusal("colour must be one of 'all', 'none'"));
    assert_eq!(search.body, json!({"name": "a", "size": 0}));
}

#[test]
fn no_member_is_tried_for_ever() {
    let sizes: Vec<Value> = bodies(&any(), json!({"name": "a", "size": 0}), 400, "size")
        .iter()
        .map(|body| body["size"].clone())
        .collect();
    assert_eq!(sizes, [json!(1), json!(60), json!(3600)]);
}
