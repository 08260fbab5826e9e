use rstest::rstest;
use serde_json::json;

use super::*;
use crate::generate::testing::schema_of;

fn described() -> Value {
    json!({"type": "object", "properties": {
        "name": {"type": "string"}, "kind": {"type": "string", "enum": ["a"]}, "note": {"type": "string"},
        "size": {"type": "integer", "maximum": 9}, "count": {"type": "integer"}, "tags": {"type": "array"},
        "map": {"type": "object", "additionalProperties": {"type": "string"}}, "ratio": {"type": "number"},
    }})
}

/// What becomes of a body, by the label of what is odd.
#[test]
fn each_kind_of_odd_body() {
    let sent = json!({"name": "n", "kind": "a", "size": 3, "tags": ["x"], "map": {"k": "v"}, "ratio": 0.5});
    let found = bodies(Some(&schema_of(&described())), &sent, &|_| true, &|_| false);
    let of = |label: &str| {
        let odd = found.iter().find(|odd| odd.label.starts_with(label)).unwrap();
        String::from_utf8(odd.octets.clone()).unwrap()
    };
    let read = |label: &str| serde_json::from_str::<Value>(&of(label)).unwrap();
    let unusual = read("unusual");
    assert_eq!(unusual["name"], json!(format!("n{TEXT}")));
    assert_eq!(
        (&unusual["kind"], &unusual["size"]),
        (&json!("a"), &json!(3)),
        "what the schema allows stays"
    );
    assert_eq!((&unusual["note"], &unusual["ratio"]), (&json!(TEXT.trim()), &json!(1e-7)));
    assert_eq!(read("a text with U+0000")["name"], "n\u{0}");
    assert!(of("an escaped lone").contains(r#""name":"n\ud83e""#), "{}", of("an escaped lone"));
    assert!(of("numbers beyond").contains(r#""size":1e400"#));
    assert_eq!(read("whole numbers")["count"], json!(i64::MAX));
    assert_eq!((&read("null")["tags"], &read("null")["map"]), (&json!(["x"]), &json!(null)));
    assert!(read("odd names")["map"].as_object().unwrap().contains_key("constructor"));
    assert!(of("a member that").starts_with(r#"{"name":"n","name":"n","#));
}

#[test]
fn what_is_not_free_stays() {
    let sent = json!({"name": "n", "ratio": 0.5});
    for odd in bodies(Some(&schema_of(&described())), &sent, &|at| at != "/name", &|_| false) {
        let text = String::from_utf8(odd.octets).unwrap();
        assert!(text.contains(r#""name":"n""#), "{}: {text}", odd.label);
    }
}

#[test]
fn what_asks_for_much_work_stays() {
    let sent = json!({"name": "n", "size": 3});
    for odd in bodies(Some(&schema_of(&described())), &sent, &|_| true, &|at| at == "/size" || at == "/count")
    {
        let text = String::from_utf8(odd.octets).unwrap();
        assert!(!text.contains("e400") && !text.contains(&i64::MAX.to_string()), "{}: {text}", odd.label);
    }
}

#[test]
fn places_that_can_be_odd() {
    assert_eq!(places(&json!({"a": [1, {"b~": null}], "c": {}})), ["/a/0", "/a/1/b~0"]);
}

#[rstest]
#[case(json!({"type": "integer"}), json!("no-such-form"))]
#[case(json!({"type": "string"}), json!("no\u{1F98A}such"))]
#[case(json!({"type": "string", "pattern": "^[A-Z]{3}$"}), json!("no-such-form"))]
fn odd_ids(#[case] described: Value, #[case] first: Value) {
    assert_eq!(ids(Some(&schema_of(&described)))[0].1, first);
}
