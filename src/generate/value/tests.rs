use super::*;
use crate::contract::build;
use crate::document::Document;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Map, json};

fn made(schema: &Value, others: &Value) -> Result<Value, Unproducible> {
    let document = Document::of(
        "t",
        json!({
            "openapi": "3.1.0",
            "paths": {"/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}}},
            "components": {"schemas": others},
        }),
    );
    let (contract, _) = build("t", &document).unwrap();
    let schema = contract.operations[0].responses[0].content[0].schema.clone().unwrap();
    plain(&schema, Direction::Response)
}

#[rstest]
#[case(json!({"type": "string"}), json!("string"))]
#[case(json!({"type": ["null", "integer"], "minimum": 3}), json!(3))]
#[case(json!({"type": "integer", "exclusiveMinimum": 3, "multipleOf": 5}), json!(5))]
#[case(json!({"type": "integer", "minimum": 0.5}), json!(1))]
#[case(json!({"type": "integer", "maximum": -0.5}), json!(-1))]
#[case(json!({"type": "number", "maximum": -0.5}), json!(-0.5))]
#[case(json!({"enum": [null, "b"]}), json!("b"))]
#[case(json!({"type": "string", "pattern": "^[a-c]{3}-\\d+$"}), json!("aaa-0"))]
#[case(json!({"type": "string", "format": "uuid"}), json!("3fa85f64-5717-4562-b3fc-2c963f66afa6"))]
#[case(json!({"type": "string", "minLength": 8}), json!("stringxx"))]
#[case(json!({"type": "string", "format": "int64"}), json!("1"))]
#[case(json!({"type": "string", "format": "decimal"}), json!("1.5"))]
#[case(json!({"type": "string", "format": "byte", "minLength": 10}), json!("YWFhYWFhYWFh"))]
#[case(json!({"type": "string", "contentEncoding": "base64"}), json!("c3RyaW5n"))]
#[case(json!({"type": "string", "format": "phone"}), json!("+12025550100"))]
#[case(json!({"properties": {"email": {"type": "string"}, "URL": {"type": "string"}}}), json!({"email": "user@example.com", "URL": "https://example.com"}))]
#[case(json!({"properties": {"email": {"type": "string", "maxLength": 3}, "country": {"type": "string", "pattern": "^[A-Z]{3}$"}}}), json!({"email": "ing", "country": "USA"}))]
#[case(json!({"properties": {"port": {"type": "integer"}, "ports": {"type": "array", "items": {"type": "integer", "maximum": 100}}}}), json!({"port": 8080, "ports": [100]}))]
#[case(json!({"properties": {"ips": {"type": "array", "minItems": 2, "uniqueItems": true, "items": {"type": "string"}}}}), json!({"ips": ["192.168.0.1", "192.168.0.2"]}))]
#[case(json!({"type": "array", "items": {"type": "integer"}, "minItems": 2, "uniqueItems": true}), json!([0, 1]))]
#[case(json!({"allOf": [{"properties": {"a": {"type": "integer"}}}, {"required": ["b"], "properties": {"b": {"const": 1}}}]}), json!({"a": 0, "b": 1}))]
#[case(json!({"oneOf": [{"type": "null"}, {"type": "boolean"}]}), json!(true))]
#[case(json!({"type": "object", "properties": {"w": {"type": "string", "writeOnly": true}}}), json!({}))]
#[case(json!({"type": "string", "example": "mine"}), json!("mine"))]
#[case(json!({"type": "integer", "example": "wrong"}), json!(0))]
#[case(json!({"type": "object", "example": "{\"a\": 1}"}), json!({"a": 1}))]
#[case(json!({"type": "array", "items": {"type": "integer"}, "example": "[1, 2]"}), json!([1, 2]))]
#[case(json!({"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}, "example": {"n": "x"}}), json!({"n": 1}))]
fn makes(#[case] schema: Value, #[case] value: Value) {
    assert_eq!(made(&schema, &json!({})), Ok(value));
}

fn pets() -> Value {
    let base = |kind: Value| {
        json!({"type": "object", "required": ["kind"], "properties": {"kind": kind},
        "discriminator": {"propertyName": "kind", "mapping": {
            "kitten": "#/components/schemas/Kitten", "pup": "pets.yaml#/Puppy", "hen": "Hen",
        }}})
    };
    let of = |base: &str, name: &str| json!({"allOf": [{"$ref": format!("#/components/schemas/{base}")}, {"properties": {name: {"type": "integer"}}}]});
    json!({
        "Animal": base(json!({"type": "string"})),
        "Listed": base(json!({"$ref": "#/components/schemas/Kind"})),
        "Strict": base(json!({"type": "string", "pattern": "^[0-9]+$"})),
        "Beast": {"$ref": "#/components/schemas/Animal"},
        "Closed": {"type": "object", "required": ["kind"], "additionalProperties": false,
            "properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind"}},
        "Opened": {"allOf": [{"$ref": "#/components/schemas/Closed"}, {"required": ["age"],
            "properties": {"age": {"type": "integer"}}}]},
        "Kind": {"type": "string", "enum": ["pup", "kitten", "hen"]},
        "Kitten": of("Animal", "age"),
        "Puppy": of("Animal", "age"),
        "Tabby": of("Kitten", "stripes"),
        "Hen": of("Listed", "eggs"),
        "Chick": of("Strict", "days"),
    })
}

#[rstest]
#[case(json!({"$ref": "#/components/schemas/Kitten"}), json!({"kind": "kitten", "age": 0}))]
#[case(json!({"$ref": "#/components/schemas/Puppy"}), json!({"kind": "pup", "age": 0}))]
#[case(json!({"$ref": "#/components/schemas/Hen"}), json!({"kind": "hen", "eggs": 0}))]
#[case(json!({"$ref": "#/components/schemas/Tabby"}), json!({"kind": "kitten", "age": 0, "stripes": 0}))]
#[case(json!({"$ref": "#/components/schemas/Animal"}), json!({"kind": "kitten", "age": 0}))]
#[case::annotated(
    json!({"allOf": [{"$ref": "#/components/schemas/Animal"}], "title": "a pet"}), json!({"kind": "kitten", "age": 0})
)]
#[case::by_another_name(json!({"$ref": "#/components/schemas/Beast"}), json!({"kind": "kitten", "age": 0}))]
#[case::of_the_base_alone(json!({"$ref": "#/components/schemas/Closed"}), json!({"kind": "Closed"}))]
#[case(json!({"$ref": "#/components/schemas/Chick"}), json!({"kind": "2", "days": 0}))]
#[case(json!({"type": "array", "items": {"$ref": "#/components/schemas/Puppy"}}), json!([{"kind": "pup", "age": 0}]))]
#[case(json!({"properties": {"pet": {"allOf": [{"$ref": "#/components/schemas/Hen"}]}}}), json!({"pet": {"kind": "hen", "eggs": 0}}))]
#[case(
    json!({"oneOf": [{"$ref": "#/components/schemas/Hen"}], "discriminator": {"propertyName": "kind"}}),
    json!({"kind": "hen", "eggs": 0})
)]
fn a_discriminator_names_the_schema(#[case] schema: Value, #[case] value: Value) {
    assert_eq!(made(&schema, &pets()), Ok(value));
}

/// Whatever has a format that is judged, in every length that leaves room, and in every taste.
#[rstest]
#[case("date-time", 0)]
#[case("date", 0)]
#[case("time", 0)]
#[case("duration", 0)]
#[case("email", 9)]
#[case("hostname", 9)]
#[case("ipv4", 0)]
#[case("ipv6", 0)]
#[case("uri", 9)]
#[case("uri-reference", 9)]
#[case("iri", 9)]
#[case("uri-template", 9)]
#[case("uuid", 0)]
#[case("json-pointer", 9)]
#[case("relative-json-pointer", 0)]
#[case("regex", 0)]
fn texts_match_their_format(#[case] format: &str, #[case] stretch: u64) {
    for (least, most, seed) in [(0, 4_000, None), (stretch * 4, 4_000, None), (0, 4_000, Some(7))] {
        let node = json!({"type": "string", "format": format, "minLength": least, "maxLength": most});
        let document = Document::of(
            "t",
            json!({
                "openapi": "3.1.0",
                "paths": {"/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema": node}}}}}}},
            }),
        );
        let (contract, _) = build("t", &document).unwrap();
        let schema = contract.operations[0].responses[0].content[0].schema.clone().unwrap();
        let made = value(&schema, Direction::Response, Taste { seed, ..Taste::default() });
        assert!(made.is_ok(), "{format} {least}: {made:?}");
    }
}

#[test]
fn recursion_ends_where_the_schema_allows() {
    let group = json!({"Group": {
        "type": "object", "required": ["type", "values"],
        "properties": {
            "type": {"enum": ["AND", "OR"]},
            "values": {"type": "array", "items": {"oneOf": [{"$ref": "#/components/schemas/Group"}]}},
        },
    }});
    let value = made(&json!({"$ref": "#/components/schemas/Group"}), &group);
    assert_eq!(value, Ok(json!({"type": "AND", "values": [{"type": "AND", "values": []}]})));
}

#[test]
fn references_that_only_lead_round_ask_for_nothing() {
    let round = json!({"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}});
    assert!(made(&json!({"$ref": "#/components/schemas/A"}), &round).is_ok());
}

#[rstest]
#[case(json!({"A": {"type": "object", "required": ["n"], "properties": {"n": {"$ref": "#/components/schemas/A"}}}}))]
#[case(json!({"A": {"type": "array", "minItems": 1_000_000_000, "items": {"type": "string"}}}))]
#[case(json!({"A": {"type": "string", "minLength": 2_000_000_000}}))]
#[case(json!({"A": false}))]
fn what_has_no_value_says_so(#[case] schemas: Value) {
    assert!(made(&json!({"$ref": "#/components/schemas/A"}), &schemas).is_err());
}

#[rstest]
#[case::not(json!({"type": "integer", "not": {"enum": [0, 1, 2]}}))]
#[case::not_required(json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "not": {"required": ["a", "b"]}}))]
#[case::condition(json!({"type": "object", "properties": {"kind": {"enum": ["a", "b"]}}, "required": ["kind"],
    "if": {"properties": {"kind": {"const": "a"}}}, "then": {"required": ["x"], "properties": {"x": {"type": "integer"}}}, "else": false}))]
#[case::conditions(json!({"type": "object", "required": ["kind"], "allOf": [
    {"if": {"properties": {"kind": {"const": "a"}}, "required": ["kind"]}, "then": {"required": ["x"]}},
    {"if": {"properties": {"kind": {"const": "b"}}, "required": ["kind"]}, "then": {"required": ["y"]}}]}))]
#[case::dependent(json!({"type": "object", "properties": {"card": {"type": "integer"}}, "dependentRequired": {"card": ["address"]}}))]
#[case::dependent_schema(json!({"type": "object", "properties": {"card": {"type": "integer"}}, "dependentSchemas": {"card": {"required": ["b"], "properties": {"b": {"type": "integer", "minimum": 7}}}}}))]
#[case::unevaluated(json!({"allOf": [{"properties": {"a": {"type": "string"}}}], "properties": {"b": {"type": "integer"}}, "unevaluatedProperties": false, "minProperties": 2}))]
#[case::closed_parts(json!({"allOf": [{"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false}, {"properties": {"b": {"type": "string"}}}]}))]
#[case::twice(json!({"oneOf": [{"type": "object", "properties": {"a": {"type": "string"}}}, {"type": "object", "properties": {"b": {"type": "string"}}}]}))]
#[case::numbers(json!({"oneOf": [{"type": "integer", "minimum": 0}, {"type": "number", "maximum": 5}]}))]
#[case::unique(json!({"type": "array", "minItems": 5, "uniqueItems": true, "items": {"type": "object", "properties": {"n": {"type": "integer"}, "s": {"type": "string"}}}}))]
#[case::unique_dates(json!({"type": "array", "minItems": 40, "uniqueItems": true, "items": {"type": "string", "format": "date"}}))]
#[case::unique_enum(json!({"type": "array", "minItems": 2, "uniqueItems": true, "items": {"type": "string", "enum": ["a", "b"]}}))]
#[case::contains(json!({"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 5}, "minContains": 2}))]
#[case::names(json!({"type": "object", "propertyNames": {"pattern": "^[a-z]{2}$"}, "minProperties": 3}))]
#[case::pattern_names(json!({"type": "object", "patternProperties": {"^x-": {"type": "integer"}}, "additionalProperties": false, "minProperties": 2}))]
#[case::pattern_and_length(json!({"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$", "minLength": 12, "maxLength": 12}))]
#[case::look_around(json!({"type": "string", "pattern": "^(?!x)[a-z]{3}$"}))]
#[case::email(json!({"type": "string", "format": "email", "minLength": 30}))]
#[case::decimals(json!({"type": "number", "multipleOf": 0.01, "minimum": 0.1, "exclusiveMaximum": 0.12}))]
#[case::narrow(json!({"type": "number", "exclusiveMinimum": 0.1, "exclusiveMaximum": 0.2}))]
#[case::large(json!({"type": "integer", "minimum": 9_007_199_254_740_993_i64}))]
#[case::tuple(json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": false, "minItems": 2}))]
#[case::bad_example(json!({"type": "object", "properties": {"a": {"type": "string", "example": "x", "maxLength": 0}, "b": {"type": "string", "example": "kept"}}}))]
#[case::bad_default(json!({"type": "array", "items": {"type": "integer", "default": "x"}}))]
#[case::wrong_const(json!({"anyOf": [{"const": 1, "type": "string"}, {"const": "a", "type": "string"}]}))]
#[case::typeless(json!({"not": {"type": ["string", "number"]}}))]
fn hard_schemas_have_values(#[case] schema: Value) {
    let value = made(&schema, &json!({}));
    assert!(value.is_ok(), "{value:?}");
}

#[test]
fn a_dynamic_reference_leads_to_the_outermost_anchor() {
    let schemas = json!({
        "List": {"type": "array", "minItems": 1, "items": {"$dynamicRef": "#item"}, "$defs": {"any": {"$dynamicAnchor": "item", "type": "string"}}},
        "Numbers": {"$ref": "#/components/schemas/List", "$defs": {"number": {"$dynamicAnchor": "item", "type": "integer", "minimum": 7}}},
    });
    assert_eq!(made(&json!({"$ref": "#/components/schemas/List"}), &schemas), Ok(json!(["string"])));
    assert_eq!(made(&json!({"$ref": "#/components/schemas/Numbers"}), &schemas), Ok(json!([7])));
}

fn contracted(schema: &Value) -> std::sync::Arc<Schema> {
    let tree = json!({
        "openapi": "3.1.0",
        "paths": {"/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}}},
    });
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    contract.operations[0].responses[0].content[0].schema.clone().unwrap()
}

/// Schemas that have a value by the way they are put together.
fn satisfiable() -> impl Strategy<Value = Value> {
    let text = (0..6_u64, 0..20_u64, 0..6_usize).prop_map(|(least, more, kind)| match kind {
        0 => json!({"type": "string", "minLength": least, "maxLength": least + more}),
        1 => json!({"type": "string", "pattern": format!("^[a-f]{{{least},{}}}x?$", least + more)}),
        2 => json!({"type": "string", "format": (["date", "uuid", "email", "date-time", "ipv4", "uri"][usize::try_from(more).unwrap() % 6])}),
        3 => json!({"enum": ["a", 1, null, {"b": []}]}),
        4 => json!({"const": {"n": least}}),
        _ => json!({"type": ["null", "string"]}),
    });
    let number = (-50_i64..50, 0_i64..60, 1_i64..7, any::<bool>()).prop_map(|(least, more, step, whole)| {
        let kind = if whole { "integer" } else { "number" };
        // A range as wide as the step holds a multiple of it.
        json!({"type": kind, "minimum": least, "maximum": least + more.max(step), "multipleOf": step})
    });
    let leaf = prop_oneof![
        text,
        number,
        Just(json!({"type": "boolean"})),
        Just(json!({"type": "null"})),
        Just(json!(true))
    ];
    leaf.prop_recursive(4, 48, 5, |inner| {
        let members = || proptest::collection::vec(inner.clone(), 1..4);
        let object = |schemas: &[Value], first: usize| {
            let named = schemas.iter().enumerate();
            let properties: Map<String, Value> =
                named.map(|(index, schema)| (format!("p{}", first + index), schema.clone())).collect();
            let required: Vec<String> = properties.keys().take(1).cloned().collect();
            json!({"type": "object", "properties": properties, "required": required})
        };
        prop_oneof![
            (members(), any::<bool>()).prop_map(move |(schemas, closed)| {
                let mut made = object(&schemas, 0);
                made["additionalProperties"] = json!(!closed);
                made
            }),
            (members(), members(), any::<bool>()).prop_map(move |(one, other, closed)| {
                let mut made = json!({"allOf": [object(&one, 0), object(&other, 10)]});
                if closed {
                    made["unevaluatedProperties"] = json!(false);
                }
                made
            }),
            (members(), members()).prop_map(move |(one, other)| {
                let tag = |mut schema: Value, tag: &str| {
                    schema["properties"]["kind"] = json!({"const": tag});
                    schema["required"] = json!(["kind"]);
                    schema
                };
                json!({"oneOf": [tag(object(&one, 0), "one"), tag(object(&other, 0), "other")]})
            }),
            (members(), members()).prop_map(move |(one, other)| json!({
                "type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["one", "other"]}},
                "if": {"properties": {"kind": {"const": "one"}}}, "then": object(&one, 0), "else": object(&other, 10),
            })),
            (members(), members()).prop_map(move |(one, other)| {
                let mut made = object(&one, 0);
                made["dependentRequired"] = json!({"p0": ["d"]});
                made["dependentSchemas"] = json!({"d": object(&other, 20)});
                made
            }),
            (inner.clone(), 0..4_u64).prop_map(|(item, least)| json!({"type": "array", "items": item, "minItems": least})),
            (0..9_u64).prop_map(|least| json!({"type": "array", "items": {"type": "string"}, "minItems": least, "uniqueItems": true})),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| json!({"anyOf": [one, other]})),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| json!({"type": "array", "prefixItems": [one, other], "items": false})),
            inner.clone().prop_map(|one| json!({"oneOf": [{"type": "object", "required": ["x"], "properties": {"x": one}}, {"type": "array"}]})),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]
    #[test]
    fn what_is_made_is_valid(schema in satisfiable(), seed in proptest::option::of(any::<u64>()), items in proptest::option::of(0..4_usize)) {
        let schema = contracted(&schema);
        let made = value(&schema, Direction::Response, Taste { seed, items, ..Taste::default() });
        prop_assert!(made.is_ok(), "{:?}", made);
        let made = made.unwrap();
        prop_assert_eq!(schema.is_valid(Direction::Response, &made), Ok(true), "{}", made);
        prop_assert_eq!(value(&schema, Direction::Response, Taste { seed, items, ..Taste::default() }), Ok(made));
    }
}

#[test]
fn growth_is_bounded() {
    let mut schemas = Map::new();
    for level in 0..40 {
        let next = json!({"$ref": format!("#/components/schemas/L{}", level + 1)});
        schemas.insert(
            format!("L{level}"),
            json!({"type": "object", "required": ["a", "b"], "properties": {"a": next, "b": next}}),
        );
    }
    schemas.insert("L40".to_owned(), json!({"type": "string"}));
    let made = made(&json!({"$ref": "#/components/schemas/L0"}), &Value::Object(schemas));
    assert!(matches!(made, Err(Unproducible::TooLarge(_))), "{made:?}");
}

/// Every schema of a body and of a parameter in `specs/`, plain and seeded, both ways.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads the documents of the repository")]
fn every_schema_of_the_repository_has_values() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("specs");
    let folders = [folder.clone(), folder.join("tiny")];
    let files = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    let mut made = 0;
    for path in files.filter(|path| path.extension().is_some_and(|e| e == "yaml" || e == "json")) {
        let mut alone = |_: &str| unreachable!("these refer to no other text");
        let octets = std::fs::read(&path).unwrap();
        let (document, _) = Document::parse("t", &octets, &mut alone).unwrap();
        let (contract, _) = build("t", &document).unwrap();
        for operation in &contract.operations {
            let bodies = operation.body.iter().flat_map(|body| &body.content);
            let answers = operation.responses.iter().flat_map(|response| &response.content);
            let schemas = bodies.chain(answers).filter_map(|content| content.schema.as_ref());
            let schemas = schemas.chain(operation.parameters.iter().filter_map(|p| p.value_schema()));
            for schema in schemas {
                for seed in [None, Some(1), Some(2), Some(3)] {
                    for direction in [Direction::Request, Direction::Response] {
                        match value(schema, direction, Taste { seed, ..Taste::default() }) {
                            Ok(value) => {
                                assert_eq!(
                                    schema.check(direction, &value),
                                    Ok(Vec::new()),
                                    "{path:?} {}",
                                    schema.pointer()
                                );
                                made += 1;
                            }
                            // These are there to have none.
                            Err(why) => assert!(
                                ["/Endless", "/impossible", "/c/get"]
                                    .iter()
                                    .any(|name| schema.pointer().replace("~1", "/").contains(name)),
                                "{path:?} {}: {why}",
                                schema.pointer()
                            ),
                        }
                    }
                }
            }
        }
    }
    assert!(made > 1_000, "{made}");
}
