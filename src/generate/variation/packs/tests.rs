use super::*;
use crate::generate::testing::schema_of;
use serde_json::json;
use std::collections::BTreeSet;

fn bodies(schema: &Value, base: &Value, spared: &[&str], keeps_mark: bool) -> Vec<Value> {
    let schema = &schema_of(schema);
    let refused = |body: &Value| body.get("x").is_some() && body.get("y").is_some();
    let sparing = Sparing {
        member: &|name| spared.contains(&name),
        body: &refused,
        merges: false,
        tells: &|_| keeps_mark,
    };
    let packs = packs(schema, base, &sparing);
    for pack in &packs {
        assert_eq!(
            apply(schema, base, &pack.changes).as_ref(),
            Some(&pack.body),
            "the changes make the body"
        );
    }
    packs.into_iter().map(|pack| pack.body).collect()
}

fn values_at(bodies: &[Value], at: &str) -> BTreeSet<String> {
    bodies.iter().filter_map(|body| body.pointer(at)).map(Value::to_string).collect()
}

#[test]
fn every_value_that_the_document_names_is_in_a_body() {
    let schema = json!({"type": "object", "required": ["name"], "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 20},
        "kind": {"enum": ["a", "b", "c"]},
        "count": {"type": "integer", "minimum": -2, "maximum": 9},
        "price": {"type": "number", "multipleOf": 0.01, "minimum": 0, "maximum": 10},
        "on": {"type": "boolean"},
        "note": {"type": ["string", "null"], "maxLength": 5},
        "serial": {"type": "integer", "format": "int64", "minimum": 0},
        "days": {"type": "array", "maxItems": 3, "items": {"type": "string", "format": "date"}},
    }});
    let found = bodies(&schema, &json!({"name": "base"}), &[], false);
    assert_eq!(values_at(&found, "/kind"), ["\"a\"", "\"b\"", "\"c\""].map(str::to_owned).into());
    assert_eq!(values_at(&found, "/on"), ["false", "true"].map(str::to_owned).into());
    for (at, expected) in [
        ("/count", ["-2", "-1", "0", "8", "9"].as_slice()),
        ("/price", &["0", "10", "0.29"]),
        ("/note", &["null"]),
        ("/serial", &["3000000000", "9007199254740993"]),
        ("/days", &["[\"2028-02-29\"]", "[]"]),
    ] {
        let values = values_at(&found, at);
        assert!(expected.iter().all(|one| values.contains(*one)), "{at}: {values:?}");
    }
    let lengths: BTreeSet<usize> =
        found.iter().map(|b| b["name"].as_str().unwrap().chars().count()).collect();
    assert!([2, 3, 19, 20].iter().all(|length| lengths.contains(length)), "{lengths:?}");
    assert!(found.iter().any(|body| body["days"].as_array().is_some_and(|days| days.len() == 3)));
    assert!(found.len() <= MAX_PACKS, "{}", found.len());
}

#[test]
fn of_any_two_members_both_either_and_none_are_sent() {
    let names = ["a", "b", "c", "d", "e"];
    let members: serde_json::Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), json!({"type": "integer", "enum": [1, 2]}))).collect();
    let found = bodies(&json!({"type": "object", "properties": members}), &json!({"a": 1}), &[], false);
    for one in names {
        for other in names.iter().filter(|other| **other != one) {
            let pairs: BTreeSet<(bool, bool)> =
                found.iter().map(|body| (body.get(one).is_some(), body.get(other).is_some())).collect();
            assert_eq!(pairs.len(), 4, "{one} and {other}: {found:?}");
        }
    }
}

#[test]
fn what_is_spared_stays_and_so_does_the_mark() {
    let schema = json!({"type": "object", "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 30}, "active": {"type": "boolean"},
        "owner_id": {"type": "integer"}, "kind": {"enum": ["a", "b"]},
    }});
    let base = json!({"name": PLACEHOLDER, "active": false});
    let found = bodies(&schema, &base, &["active", "owner_id"], true);
    assert!(!found.is_empty());
    for body in &found {
        assert_eq!((&body["active"], body.get("owner_id")), (&json!(false), None), "{body}");
        assert!(body.to_string().contains(PLACEHOLDER), "{body}");
    }
}

/// A text of the run in a file tells nobody whose the object is: the one in its caption must stay.
#[test]
fn a_mark_that_no_answer_shows_is_none() {
    let text = json!({"type": "string", "minLength": 1, "maxLength": 30});
    let schema = schema_of(&json!({"type": "object", "required": ["file"], "properties": {
        "file": text, "caption": text, "kind": {"enum": ["a", "b"]}}}));
    let base = json!({"file": PLACEHOLDER, "caption": PLACEHOLDER});
    let found = |tells: &dyn Fn(&str) -> bool| {
        let sparing = Sparing { member: &|_| false, body: &|_| false, merges: false, tells };
        packs(&schema, &base, &sparing).into_iter().map(|pack| pack.body).collect::<Vec<Value>>()
    };
    let keeps = |body: &Value| body["caption"].as_str().is_some_and(|caption| caption.contains(PLACEHOLDER));
    assert!(found(&|name| name == "caption").iter().all(keeps));
    assert!(!found(&|_| true).iter().all(keeps));
}

#[test]
fn what_is_known_to_be_refused_is_not_sent() {
    let members = json!({"x": {"type": "integer"}, "y": {"type": "integer"}});
    let found = bodies(&json!({"type": "object", "properties": members}), &json!({}), &[], false);
    assert!(found.iter().any(|body| body.get("x").is_some()), "{found:?}");
    assert!(found.iter().any(|body| body.get("y").is_some()), "{found:?}");
    assert!(!found.iter().any(|body| body.get("x").is_some() && body.get("y").is_some()), "{found:?}");
}

#[test]
fn every_alternative_is_sent() {
    let schema = json!({"type": "object", "properties": {"contact": {"anyOf": [
        {"type": "object", "required": ["email"], "properties": {"email": {"type": "string"}}},
        {"type": "object", "required": ["phone"], "properties": {"phone": {"type": "string"}}},
    ]}}});
    let found = bodies(&schema, &json!({"contact": {"email": "x"}}), &[], false);
    assert!(found.iter().any(|body| body.pointer("/contact/phone").is_some()), "{found:?}");
}

#[test]
fn what_is_drawn_by_chance_is_allowed_and_the_same_again() {
    let schema = schema_of(&json!({"type": "object", "required": ["name"], "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 20},
        "kind": {"enum": ["a", "b", "c"]},
        "count": {"type": "integer", "minimum": -2, "maximum": 900},
    }}));
    let sparing =
        Sparing { member: &|name| name == "kind", body: &|_| false, merges: false, tells: &|_| false };
    let draw = |seed, count| drawn(&schema, &json!({"name": "base"}), &sparing, (seed, count));
    let found = draw(1, 20);
    assert!(found.len() > 10, "{found:?}");
    assert!(found.iter().all(|pack| schema.is_valid(Direction::Request, &pack.body) == Ok(true)));
    assert!(found.iter().all(|pack| pack.body.get("kind").is_none()));
    let counts = found.iter().filter_map(|pack| pack.body["count"].as_i64()).collect::<BTreeSet<_>>();
    assert!(counts.iter().any(|count| (10..890).contains(count)), "{counts:?}");
    assert_eq!(found, draw(1, 20));
    assert_ne!(found, draw(2, 20));
    assert_eq!(draw(1, 0), []);
}
