use super::*;
use crate::contract::Parameter;
use crate::contract::build;
use crate::contract::message::Location;
use crate::document::Document;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

fn parameter(location: &str, style: &str, explode: bool, schema: &Value) -> Parameter {
    let document = Document::of(
        "t",
        json!({
            "openapi": "3.1.0",
            "paths": {"/a/{p}": {"get": {"responses": {"200": {}}, "parameters": [
                {"name": "p", "in": location, "style": style, "explode": explode, "schema": schema},
            ]}}},
        }),
    );
    let (mut contract, _) = build("t", &document).unwrap();
    let operation = contract.operations.remove(0);
    operation.parameters.into_iter().find(|p| p.schema.is_some()).unwrap()
}

fn round_trip(parameter: &Parameter, value: &Value) -> Option<Value> {
    if parameter.location == Location::Query {
        let query = write_query(parameter, value).join("&");
        return read_query(parameter, &raw_pairs(&query));
    }
    Some(read_text(parameter, &write_text(parameter, value)))
}

#[rstest]
#[case("query", "form", true)]
#[case("query", "form", false)]
#[case("query", "spaceDelimited", false)]
#[case("query", "pipeDelimited", false)]
#[case("path", "simple", false)]
#[case("path", "label", false)]
#[case("path", "label", true)]
#[case("path", "matrix", false)]
#[case("path", "matrix", true)]
fn reading_undoes_writing_for_lists(#[case] location: &str, #[case] style: &str, #[case] explode: bool) {
    let parameter =
        parameter(location, style, explode, &json!({"type": "array", "items": {"type": "integer"}}));
    assert_eq!(round_trip(&parameter, &json!([1, -2, 30])), Some(json!([1, -2, 30])));
}

#[rstest]
#[case("query", "form", true)]
#[case("query", "form", false)]
#[case("query", "deepObject", true)]
#[case("path", "simple", false)]
#[case("path", "simple", true)]
fn reading_undoes_writing_for_objects(#[case] location: &str, #[case] style: &str, #[case] explode: bool) {
    let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}});
    let parameter = parameter(location, style, explode, &schema);
    assert_eq!(round_trip(&parameter, &json!({"a": 1, "b": "x y"})), Some(json!({"a": 1, "b": "x y"})));
}

/// Every style where it is allowed, with `explode`.
const PLACES: &[(&str, &str, bool)] = &[
    ("query", "form", true),
    ("query", "form", false),
    ("query", "spaceDelimited", false),
    ("query", "pipeDelimited", false),
    ("query", "deepObject", true),
    ("path", "simple", false),
    ("path", "simple", true),
    ("path", "label", false),
    ("path", "label", true),
    ("path", "matrix", false),
    ("path", "matrix", true),
    ("header", "simple", false),
    ("header", "simple", true),
    ("cookie", "form", true),
    ("cookie", "form", false),
];

/// A text that a place can carry without ambiguity: header fields have no escapes, blanks and
/// pipes separate items, and a comma may be one.
fn carried(text: &str, (location, style, _): (&str, &str, bool), is_inside: bool) -> String {
    let keeps = |c: char| match location {
        "header" => c.is_ascii_alphanumeric() || (c == ' ' && !is_inside),
        _ if is_inside => !matches!((style, c), (_, ',') | ("spaceDelimited", ' ') | ("pipeDelimited", '|')),
        _ => true,
    };
    let kept: String = text.chars().filter(|c| keeps(*c)).collect();
    if kept.trim().is_empty() || location == "header" { format!("t{}", kept.trim()) } else { kept }
}

proptest! {
    #[test]
    fn reading_undoes_writing(
        text in "\\PC+", list in proptest::collection::vec("\\PC{1,6}", 1..4), number in any::<i64>(),
        flag in any::<bool>(), allow_reserved in any::<bool>(), place in 0..PLACES.len(),
    ) {
        let place = PLACES[place];
        let inside = |text: &str| carried(text, place, true);
        let list: Vec<Value> = list.iter().map(|text| inside(text).into()).collect();
        let object = json!({"a": inside(&text), "n": number, "b": flag});
        let cases = [
            (json!({"type": "string"}), json!(carried(&text, place, false))),
            (json!({"type": "integer"}), json!(number)),
            (json!({"type": "array", "items": {"type": "string"}}), Value::Array(list)),
            (json!({"type": "array", "items": {"type": "integer"}}), json!([number, 1])),
            (json!({"type": "object", "properties": {
                "a": {"type": "string"}, "n": {"type": "integer"}, "b": {"type": "boolean"},
            }}), object),
        ];
        for (schema, value) in cases {
            // Only objects are deep; lists of blanks or pipes are lists.
            let fits = match place.1 {
                "deepObject" => value.is_object(),
                "spaceDelimited" | "pipeDelimited" => value.is_array(),
                _ => true,
            };
            if fits {
                let mut parameter = parameter(place.0, place.1, place.2, &schema);
                parameter.allow_reserved = allow_reserved;
                prop_assert_eq!(round_trip(&parameter, &value), Some(value), "{:?}", place);
            }
        }
    }
}

#[test]
fn objects_inside_objects_are_read_in_each_of_the_usual_ways() {
    let schema = json!({"type": "object", "properties": {
        "range": {"type": "object", "properties": {"from": {"type": "integer"}}},
        "tags": {"type": "array", "items": {"type": "integer"}},
    }});
    let parameter = parameter("query", "deepObject", true, &schema);
    let value = json!({"range": {"from": 1}, "tags": [1, 2]});
    assert_eq!(round_trip(&parameter, &value), Some(value.clone()));
    for query in ["p[range][from]=1&p[tags][]=1&p[tags][]=2", "p[range][from]=1&p[tags][0]=1&p[tags][1]=2"] {
        assert_eq!(read_query(&parameter, &raw_pairs(query)), Some(value.clone()), "{query}");
    }
}

#[rstest]
#[case("p[]=1&p[]=2")]
#[case("p[0]=1&p[1]=2")]
#[case("p=1&p=2")]
fn a_deep_list_is_read_in_each_of_the_usual_ways(#[case] query: &str) {
    let parameter =
        parameter("query", "deepObject", true, &json!({"type": "array", "items": {"type": "integer"}}));
    assert_eq!(read_query(&parameter, &raw_pairs(query)), Some(json!([1, 2])));
    assert_eq!(round_trip(&parameter, &json!([1, 2])), Some(json!([1, 2])));
    let wrong = query.replace('2', "two");
    assert_eq!(read_query(&parameter, &raw_pairs(&wrong)), Some(json!([1, "two"])));
}

#[rstest]
fn every_collection_format_stands_everywhere(
    #[values("query", "path", "header")] location: &str,
    #[values("csv", "ssv", "pipes", "tsv")] format: &str,
) {
    let parameter = json!({"name": "p", "in": location, "required": true, "type": "array",
        "items": {"type": "integer"}, "collectionFormat": format});
    let document = Document::of(
        "t",
        json!({"swagger": "2.0", "paths": {"/a/{p}": {"get": {
            "parameters": [parameter], "responses": {"200": {"description": ""}},
        }}}}),
    );
    let (mut contract, _) = build("t", &document).unwrap();
    let operation = contract.operations.remove(0);
    let parameter = operation.parameters.into_iter().find(|p| p.schema.is_some()).unwrap();
    assert_eq!(round_trip(&parameter, &json!([1, 2])), Some(json!([1, 2])));
    assert_eq!(round_trip(&parameter, &json!([1, "x"])), Some(json!([1, "x"])));
}

#[test]
fn deep_lists_of_objects() {
    let items = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
    let parameter = parameter("query", "deepObject", true, &json!({"type": "array", "items": items}));
    assert_eq!(round_trip(&parameter, &json!([{"a": 1}, {"a": 2}])), Some(json!([{"a": 1}, {"a": 2}])));
}

#[test]
fn reserved_characters_stand_plain_where_they_may() {
    let mut parameter = parameter("query", "form", true, &json!({"type": "string"}));
    assert_eq!(write_query(&parameter, &json!("a/b:c&d")), ["p=a%2Fb%3Ac%26d"]);
    parameter.allow_reserved = true;
    assert_eq!(write_query(&parameter, &json!("a/b:c&d")), ["p=a/b:c%26d"]);
}

#[test]
fn encoded_commas_separate_too() {
    let parameter =
        parameter("query", "form", false, &json!({"type": "array", "items": {"type": "integer"}}));
    assert_eq!(read_query(&parameter, &raw_pairs("p=1%2C2")), Some(json!([1, 2])));
}
