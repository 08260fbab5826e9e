use super::*;
use crate::generate::testing::schema_of;
use rstest::rstest;
use serde_json::json;

/// Which keyword is broken where, and what stands there then.
fn broken_by(schema: &Value, base: &Value, keyword: &str) -> Vec<String> {
    let schema = schema_of(schema);
    let all = forbidden(&schema, base, "");
    for one in &all {
        let is_valid = schema.is_valid(Direction::Request, &one.value);
        assert_eq!(is_valid, Ok(false), "{one:?}");
    }
    let of_keyword = all.into_iter().filter(|one| one.keyword == keyword);
    of_keyword
        .map(|one| {
            let there = one.value.pointer(&one.at).map_or_else(|| "nothing".to_owned(), Value::to_string);
            format!("{} {there}", one.at)
        })
        .collect()
}

#[rstest]
#[case::length(json!({"properties": {"a": {"type": "string", "minLength": 2, "maxLength": 4}}}), json!({"a": "abc"}), "maxLength", &["/a \"abcxx\""])]
#[case::short(json!({"properties": {"a": {"type": "string", "minLength": 2}}}), json!({"a": "abc"}), "minLength", &["/a \"a\""])]
#[case::minimum(json!({"properties": {"a": {"type": "integer", "minimum": 1}}}), json!({"a": 3}), "minimum", &["/a 0"])]
#[case::excluded(json!({"properties": {"a": {"type": "number", "exclusiveMinimum": 0}}}), json!({"a": 3}), "exclusiveMinimum", &["/a 0.0"])]
#[case::steps(json!({"properties": {"a": {"type": "number", "multipleOf": 0.01}}}), json!({"a": 3}), "multipleOf", &["/a 3.001"])]
#[case::whole_steps(json!({"properties": {"a": {"type": "integer", "multipleOf": 15}}}), json!({"a": 30}), "multipleOf", &["/a 31"])]
#[case::choice(json!({"properties": {"a": {"type": "integer", "enum": [1, 2, 3]}}}), json!({"a": 1}), "enum", &["/a 4"])]
#[case::pattern(json!({"properties": {"a": {"type": "string", "pattern": "^[A-Z]{2}[0-9]$"}}}), json!({"a": "AB1"}), "pattern", &["/a \"AB1x\"", "/a \"xAB1\"", "/a \"ab1\""])]
#[case::twice(json!({"properties": {"a": {"type": "array", "uniqueItems": true, "items": {"type": "string"}}}}), json!({"a": ["x", "y"]}), "uniqueItems", &["/a [\"x\",\"x\"]"])]
#[case::no_items(json!({"properties": {"a": {"type": "array", "minItems": 1, "items": {"type": "string"}}}}), json!({"a": ["x"]}), "minItems", &["/a []"])]
#[case::last_item(json!({"properties": {"a": {"type": "array", "items": {"type": "integer", "minimum": 1}}}}), json!({"a": [5, 6]}), "minimum", &["/a/1 0"])]
#[case::of_the_root(json!({"type": "array", "minItems": 1, "items": {"type": "integer"}}), json!([1]), "minItems", &[" []"])]
#[case::map_value(json!({"properties": {"a": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 2}}}}), json!({"a": {"k": "v"}}), "maxLength", &["/a/k \"vxx\""])]
#[case::map_without_entries(json!({"properties": {"a": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 2}}}}), json!({"a": {}}), "maxLength", &["/a/extra \"ngx\""])]
#[case::left_out(json!({"properties": {"a": {"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}}}}), json!({"a": {"b": "x"}}), "required", &["/a/b nothing"])]
#[case::not_sent(json!({"properties": {"a": {"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}}}}), json!({}), "required", &["/a/b nothing"])]
#[case::closed(json!({"additionalProperties": false, "properties": {"a": {}}}), json!({"a": 1}), "additionalProperties", &["/counterpartUnknown \"x\""])]
#[case::empty(json!({"type": "object", "minProperties": 1, "properties": {"a": {"type": "string"}}}), json!({"a": "x"}), "minProperties", &[" {}"])]
#[case::depends(json!({"type": "object", "dependentRequired": {"a": ["b"]}, "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}), json!({}), "dependentRequired", &[" {\"a\":\"string\"}"])]
#[case::day(json!({"properties": {"a": {"type": "string", "format": "date"}}}), json!({"a": "2026-01-01"}), "format", &["/a \"2023-02-29\""])]
#[case::nothing_said(json!({}), json!({"a": 1}), "type", &[])]
fn one_rule_is_broken(
    #[case] schema: Value,
    #[case] base: Value,
    #[case] keyword: &str,
    #[case] expected: &[&str],
) {
    assert_eq!(broken_by(&schema, &base, keyword), expected);
}

/// Who takes one member of another alternative need not take all of them.
#[test]
fn alternatives_are_not_mixed() {
    let closed = |kind: &str, name: &str, more: &str| {
        json!({"type": "object", "additionalProperties": false, "required": ["kind", name], "properties": {
            "kind": {"const": kind}, name: {"type": "string"}, more: {"type": "integer"},
        }})
    };
    let schema =
        schema_of(&json!({"oneOf": [closed("cat", "claws", "lives"), closed("dog", "bark", "bones")]}));
    let all = forbidden(&schema, &json!({"kind": "cat", "claws": "x"}), "");
    let of = |label: &str| {
        let found = all.iter().filter(|one| one.label == label);
        found.map(|one| (one.at.as_str(), one.value["kind"].as_str().unwrap())).collect::<Vec<_>>()
    };
    let alone = of("a member of another alternative");
    assert_eq!(alone, [("/bark", "cat"), ("/bones", "cat")]);
    assert!(!of("members of two alternatives").is_empty(), "{all:#?}");
}

#[test]
fn another_kind_of_root() {
    let schema = json!({"type": "object", "properties": {}});
    let found = broken_by(&schema, &json!({}), "type");
    assert_eq!(found, [" \"not of that kind\"", " []", " 7", " null"]);
}

#[test]
fn every_alternative_is_broken() {
    let kind = |name: &str, member: &str, most: u64| {
        json!({"type": "object", "required": ["kind", member], "properties": {
            "kind": {"const": name}, member: {"type": "string", "maxLength": most},
        }})
    };
    let schema = json!({"oneOf": [kind("a", "x", 3), kind("b", "y", 4)]});
    let base = json!({"kind": "a", "x": "abc"});
    assert_eq!(broken_by(&schema, &base, "maxLength"), ["/x \"abcx\"", "/y \"ringx\""]);
    assert_eq!(
        broken_by(&schema, &base, "enum"),
        ["/kind \"no-such-choice\"", "/kind \"no-such-choice\""],
        "once with the members of each"
    );
}

#[test]
fn what_is_forbidden_anyway_says_nothing() {
    let schema = schema_of(&json!({"type": "object", "required": ["a"]}));
    assert_eq!(forbidden(&schema, &json!({}), ""), []);
}
