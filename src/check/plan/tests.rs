use super::*;
use crate::contract::{OperationId, build};
use crate::document::Document;
use indexmap::IndexMap;
use rstest::rstest;
use serde_json::json;

fn document() -> Document {
    let ok = json!({"200": {"content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}}}});
    let item = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}});
    Document::of(
        "t",
        json!({"openapi": "3.1.0", "paths": {
            "/made": {"get": {"operationId": "made_list", "responses": ok}, "post": {"operationId": "made_create", "responses": {"201": {}}}},
            "/made/{id}": {"parameters": [item], "patch": {"operationId": "made_change", "responses": ok}, "delete": {"operationId": "made_drop", "responses": {"204": {}}}},
            "/found/{id}": {"parameters": [item], "get": {"operationId": "found_read", "responses": ok}, "delete": {"operationId": "found_drop", "responses": {"204": {}}}},
            "/settings": {"put": {"operationId": "settings_put", "responses": ok}},
            "/action": {"post": {"operationId": "action", "responses": ok}},
        }}),
    )
}

/// Operations that are sent, in the order of their first requests, and those that are not.
fn planned(settings: &Settings) -> (Vec<String>, Vec<String>) {
    let (contract, _) = build("t", &document()).unwrap();
    let plan = plan(&contract, &Resources::of(&contract, &[]), settings);
    let name = |index: OperationId| contract.at(index).unwrap().id.clone();
    let steps = plan.steps.iter().chain(&plan.last_steps);
    let mut sent: Vec<String> = Vec::new();
    for id in steps.map(|step| name(step.operation)) {
        if !sent.contains(&id) {
            sent.push(id);
        }
    }
    (sent, plan.unplanned.iter().map(|unplanned| name(unplanned.operation)).collect())
}

fn given(operation: &str, disposable: bool) -> IndexMap<String, Given> {
    let params = IndexMap::from([("id".to_owned(), "7".to_owned())]);
    IndexMap::from([(operation.to_owned(), Given { params, body: None, disposable, others: Vec::new() })])
}

#[test]
fn what_makes_objects_goes_first_and_what_destroys_last() {
    let (sent, unplanned) = planned(&Settings::default());
    assert_eq!(sent, ["made_list", "found_read", "made_create", "made_change", "made_drop"]);
    assert_eq!(unplanned, ["found_drop", "settings_put", "action"]);
}

#[rstest]
#[case(false, false)]
#[case(true, true)]
fn a_named_object_is_destroyed_only_where_it_is_disposable(#[case] disposable: bool, #[case] is_sent: bool) {
    let settings = Settings { given: given("found_drop", disposable), ..Settings::default() };
    assert_eq!(planned(&settings).0.contains(&"found_drop".to_owned()), is_sent);
}

#[test]
fn a_fixed_id_is_only_read() {
    let params = IndexMap::from([("id".to_owned(), "7".to_owned())]);
    let (sent, unplanned) = planned(&Settings { params, ..Settings::default() });
    assert!(sent.contains(&"found_read".to_owned()));
    assert_eq!(unplanned, ["made_drop", "made_change", "found_drop", "settings_put", "action"]);
}

/// The name may mean something else there.
#[test]
fn a_fixed_value_that_does_not_fit_is_not_used() {
    let params = IndexMap::from([("id".to_owned(), "seven".to_owned())]);
    let (sent, unplanned) = planned(&Settings { params, ..Settings::default() });
    assert_eq!((sent, unplanned), planned(&Settings::default()));
}

#[test]
fn actions_that_are_allowed_come_last() {
    let actions = [4, 5].map(OperationId::nth).into_iter().collect();
    let (sent, unplanned) = planned(&Settings { actions, ..Settings::default() });
    assert_eq!(sent.last().map(String::as_str), Some("found_drop"), "{sent:?}");
    assert_eq!(unplanned, ["settings_put", "action"]);
}

/// Where a bound ends a run, the last tiers are cut; what destroys what is named needs its object for its refusals.
#[test]
fn what_is_urgent_goes_first() {
    let settings = Settings { given: given("found_drop", true), ..Settings::default() };
    let (contract, _) = build("t", &document()).unwrap();
    let plan = plan(&contract, &Resources::of(&contract, &[]), &settings);
    for steps in [&plan.steps, &plan.last_steps] {
        assert!(steps.is_sorted_by_key(|step| step.tier));
    }
    let of = |id: &str| {
        let index = contract.operation(id).unwrap().index;
        let steps = plan.steps.iter().chain(&plan.last_steps).filter(|step| step.operation == index);
        steps.map(|step| (step.tier, step.label.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(of("made_drop").first(), Some(&(Tier::Plain, "plain")));
    let found = of("found_drop");
    assert_eq!(found.last().unwrap().1, "plain");
    assert!(found.iter().all(|(tier, _)| tier.is_due()), "{found:?}");
    let numbers: Vec<usize> = plan.steps.iter().chain(&plan.last_steps).map(|step| step.number).collect();
    assert_eq!(numbers, (0..numbers.len()).collect::<Vec<_>>());
}

/// Neither a GET that does harm by its name, nor what nothing removes below an object of others.
#[test]
fn what_may_harm_others_is_an_action() {
    let ok = json!({"200": {"content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}}}});
    let named =
        |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "integer"}});
    let (item, mark) = (named("id"), named("mark"));
    let document = Document::of(
        "t",
        json!({"openapi": "3.1.0", "paths": {
            "/made": {"post": {"operationId": "made_create", "responses": {"201": {}}}},
            "/made/{id}": {"parameters": [item], "delete": {"operationId": "made_drop", "responses": {"204": {}}}},
            "/logout": {"get": {"operationId": "logout", "responses": {"200": {}}}},
            "/found/{id}/notes": {"parameters": [item], "get": {"operationId": "notes_list", "responses": ok}, "post": {"operationId": "notes_create", "responses": ok}},
            "/found/{id}/marks": {"parameters": [item], "post": {"operationId": "marks_create", "responses": ok}},
            "/found/{id}/marks/{mark}": {"parameters": [item, mark], "delete": {"operationId": "marks_drop", "responses": {"204": {}}}},
            "/made/{id}/notes": {"parameters": [item], "get": {"operationId": "own_notes_list", "responses": ok}, "post": {"operationId": "own_notes_create", "responses": ok}},
            "/found": {"get": {"operationId": "found_list", "responses": ok}},
        }}),
    );
    let (contract, _) = build("t", &document).unwrap();
    let planned = |settings: &Settings| {
        let plan = plan(&contract, &Resources::of(&contract, &[]), settings);
        let unplanned = plan.unplanned.into_iter().filter(|unplanned| unplanned.is_action);
        unplanned.map(|unplanned| contract.at(unplanned.operation).unwrap().id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(planned(&Settings::default()), ["logout", "notes_create"]);
    let actions = contract.operations.iter().map(|operation| operation.index).collect();
    assert_eq!(planned(&Settings { actions, ..Settings::default() }), [""; 0]);
}

#[test]
fn read_only_sends_safe_requests_alone() {
    let (sent, _) = planned(&Settings { read_only: true, ..Settings::default() });
    assert_eq!(sent, ["made_list", "found_read"]);
}

/// What is text on the wire anyway is no fault of a form: only what is forbidden when it is read again.
#[rstest]
#[case("application/json")]
#[case("application/x-www-form-urlencoded")]
#[case("multipart/form-data")]
fn forms_get_what_their_schemas_forbid(#[case] media_type: &str) {
    let schema = json!({"type": "object", "required": ["colour"], "properties": {
        "colour": {"type": "string", "enum": ["red", "green"]},
        "size": {"type": "integer"},
        "note": {"type": "string"},
    }});
    let tree = json!({"openapi": "3.1.0", "paths": {"/paints": {"post": {
        "requestBody": {"required": true, "content": {media_type: {"schema": schema}}},
        "responses": {"201": {}, "400": {}},
    }}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    let plan = plan(&contract, &Resources::of(&contract, &[]), &Settings::default());
    let forbidden: Vec<(String, &str)> = plan
        .steps
        .iter()
        .filter_map(|step| match &step.intent {
            Intent::Invalid(invalid) => Some((invalid.instance.clone(), invalid.keyword)),
            _ => None,
        })
        .collect();
    for (at, keyword) in [("/colour", "required"), ("/colour", "enum"), ("/size", "type")] {
        assert!(forbidden.contains(&(at.to_owned(), keyword)), "{at} {keyword}: {forbidden:?}");
    }
    let is_number_forbidden = forbidden.contains(&("/note".to_owned(), "type"));
    assert_eq!(is_number_forbidden, media_type == "application/json", "{forbidden:?}");
}

/// What is shown of an object need not be what a request may say.
#[test]
fn choices_of_answers_are_forbidden() {
    let status = |choices: &[&str]| json!({"type": "object", "properties": {"status": {"enum": choices}}});
    let content = |schema: &Value| json!({"content": {"application/json": {"schema": schema}}});
    let envelope = json!({"type": "object", "properties": {"data": status(&["open", "shut"])}});
    let tree = json!({"openapi": "3.1.0", "paths": {"/shops": {"post": {
        "requestBody": content(&status(&["open"])),
        "responses": {"201": content(&envelope), "400": {}},
    }}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    let plan = plan(&contract, &Resources::of(&contract, &[]), &Settings::default());
    let labels: Vec<&str> = plan.steps.iter().map(|step| step.label.as_str()).collect();
    assert!(labels.contains(&"request.body/status: \"shut\", which only answers have"), "{labels:#?}");
}

/// A plan for `/shops` and `/pets`, a pet of which belongs to a shop.
fn plan_of_pets() -> Plan {
    let one = json!({"type": "object", "properties": {"id": {"type": "integer"}}});
    let content = |schema: &Value| json!({"content": {"application/json": {"schema": schema}}});
    let list = json!({"200": content(&json!({"type": "array", "items": one}))});
    let pet = json!({"type": "object", "required": ["shop_id", "age"], "properties": {
        "shop_id": {"type": "integer"}, "age": {"type": "integer"},
    }});
    let page = json!([{"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1}},
        {"name": "size", "in": "query", "schema": {"type": "integer", "minimum": 1}}]);
    let kind = json!([{"name": "id", "in": "path", "required": true, "schema": {"const": "~"}}]);
    let item = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}]);
    let tree = json!({"openapi": "3.1.0", "paths": {
        "/shops": {"get": {"parameters": page, "responses": list}, "post": {"responses": {"201": content(&one)}}},
        "/shops/{id}": {"parameters": item, "get": {"responses": {"200": content(&one)}}},
        "/shops/{id}/list": {"parameters": kind, "post": {"operationId": "ask", "responses": {"200": content(&one)}}},
        "/pets": {"post": {"requestBody": content(&pet), "responses": {"201": content(&one), "400": {}}}},
    }});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    plan(&contract, &Resources::of(&contract, &[]), &Settings::default())
}

/// A server may cut 1.5 to 1, which may be somebody's shop.
#[test]
fn what_may_be_read_as_another_id_is_not_sent() {
    let plan = plan_of_pets();
    let wrong = |at: &str| {
        let of = |step: &&Step| matches!(&step.intent, Intent::Invalid(invalid) if invalid.instance == at);
        let labels: Vec<&str> = plan.steps.iter().filter(of).map(|step| step.label.as_str()).collect();
        labels.join("; ")
    };
    assert!(wrong("/age").contains("a fraction"), "{}", wrong("/age"));
    assert!(
        !wrong("/shop_id").is_empty() && !wrong("/shop_id").contains("a fraction"),
        "{}",
        wrong("/shop_id")
    );
}

#[test]
fn how_far_a_list_goes_is_not_guessed() {
    let plan = plan_of_pets();
    let labels: Vec<&str> = plan.steps.iter().map(|step| step.label.as_str()).collect();
    let varied: Vec<&&str> = labels.iter().filter(|label| label.contains("next to the minimum")).collect();
    assert!(varied.iter().any(|label| label.starts_with("size =")), "{labels:#?}");
    assert!(!varied.iter().any(|label| label.starts_with("page =")), "{varied:?}");
}

/// What a query may ask for is what the document lists, and no object of a list.
#[test]
fn a_query_asks_for_what_is_listed() {
    let plan = plan_of_pets();
    let asked = plan.steps.iter().find(|step| {
        step.inputs.iter().any(|(_, _, input)| matches!(input, Input::Value(value) if *value == json!("~")))
    });
    assert!(asked.is_some());
}
