use super::*;
use rstest::rstest;
use serde_json::json;

fn bundled(texts: &[(&str, Value)]) -> (Document, Vec<Problem>) {
    let mut bring = |name: &str| {
        texts
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, tree)| tree.to_string().into_bytes())
            .ok_or(Refusal { message: "no such file".to_owned(), help: "check the path".to_owned() })
    };
    bundle(texts[0].0.into(), texts[0].1.clone(), &mut bring)
}

#[rstest]
#[case("specs/a.yaml", "b.yaml", "specs/b.yaml")]
#[case("specs/a.yaml", "./x/../b.yaml", "specs/b.yaml")]
#[case("specs/a.yaml", "../b.yaml", "b.yaml")]
#[case("a.yaml", "../b.yaml", "../b.yaml")]
#[case("/x/a.yaml", "b%20c.yaml", "/x/b c.yaml")]
#[case("/x/a.yaml", "/etc/passwd", "/etc/passwd")]
#[case("a.yaml", "https://example.org/b.yaml", "https://example.org/b.yaml")]
#[case("https://example.org/v1/a.yaml", "../b.yaml", "https://example.org/b.yaml")]
#[case("a.yaml", "https://example.org/b%20c.yaml", "https://example.org/b%20c.yaml")]
#[case("a.yaml", "file:///etc/pass%77d", "file:///etc/pass%77d")]
fn names(#[case] from: &str, #[case] target: &str, #[case] name: &str) {
    assert_eq!(absolute(from, target), name);
}

#[test]
fn only_so_many_files_are_brought() {
    let mut bring = |_: &str| Ok(b"{}".to_vec());
    assert!(fetch("a.yaml", MAX_FILES, &mut bring).is_ok());
    assert!(fetch("a.yaml", MAX_FILES + 1, &mut bring).is_err());
}

#[test]
fn files_are_kept_beside_the_document_and_refer_to_each_other() {
    let (document, problems) = bundled(&[
        (
            "d/a.yaml",
            json!({"paths": {"/x": {"$ref": "x.yaml"}}, "properties": {"example": {"$ref": "x.yaml#/get"}}, "example": {"$ref": "data"}}),
        ),
        ("d/x.yaml", json!({"get": {"$ref": "#/other"}, "other": {"$ref": "a.yaml#/paths/~1x"}})),
    ]);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(
        *document.tree,
        json!({
            "paths": {"/x": {"$ref": "#/x-counterpart-files/0"}},
            "properties": {"example": {"$ref": "#/x-counterpart-files/0/get"}},
            "example": {"$ref": "data"},
            "x-counterpart-files": [{
                "get": {"$ref": "#/x-counterpart-files/0/other"},
                "other": {"$ref": "#/paths/~1x"},
            }],
        })
    );
    let place = document.place("/x-counterpart-files/0/other/$ref");
    assert_eq!((&*place.file, place.pointer.as_str()), ("d/x.yaml", "/other/$ref"));
}

#[test]
fn relative_ids_are_resolved_against_the_document() {
    let (document, problems) = bundled(&[(
        "specs/a.json",
        json!({
            "x": {"$id": "/schemas/x", "properties": {"n": {"$anchor": "name"}, "y": {"$ref": "y"}}},
            "y": {"$id": "/schemas/y"},
            "z": {"$id": "schemas/z"},
            "a": {"$ref": "/schemas/x"}, "b": {"$ref": "/schemas/x#name"}, "c": {"$ref": "schemas/z"},
            "d": {"$ref": "/schemas/none"},
        }),
    )]);
    let at = |pointer: &str| document.at(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    assert_eq!(at("/x/properties/y/$ref"), "#/y");
    assert_eq!([at("/a/$ref"), at("/b/$ref"), at("/c/$ref")], ["#/x", "#/x/properties/n", "#/z"]);
    let places: Vec<&str> = problems.iter().map(|problem| problem.place.pointer.as_str()).collect();
    assert_eq!(places, ["/d/$ref"]);
}

#[test]
fn external_values_become_values() {
    let mut bring = |name: &str| match name {
        "d/x.json" => Ok(b"{\"a\": 1}".to_vec()),
        "d/x.yaml" => Ok(b"a: 2".to_vec()),
        "d/x.csv" => Ok(b"a,b".to_vec()),
        "d/bad.json" => Ok(b"{".to_vec()),
        "d/x.png" => Ok(vec![0xff, 0x00]),
        _ => Err(Refusal::left_out("no such file")),
    };
    let tree = json!({
        "content": {
            "application/json": {"examples": {
                "json": {"externalValue": "x.json"}, "yaml": {"externalValue": "./x.yaml"},
                "bad": {"externalValue": "bad.json"}, "none": {"externalValue": "y.json"},
                "own": {"externalValue": "x.json", "value": 3}, "png": {"externalValue": "x.png"},
            }},
            "text/plain": {"examples": {"json": {"externalValue": "x.json"}, "csv": {"externalValue": "x.csv"}}},
        },
        "components": {"examples": {"csv": {"externalValue": "x.csv"}}},
        "properties": {"externalValue": {"type": "string"}},
        "example": {"externalValue": "x.json"},
    });
    let (document, problems) = bundle("d/a.yaml".into(), tree, &mut bring);
    let value = |at: &str| document.at(&format!("{at}/value")).cloned().unwrap_or_default();
    let json = "/content/application~1json/examples";
    assert_eq!(
        [value(&format!("{json}/json")), value(&format!("{json}/yaml"))],
        [json!({"a": 1}), json!({"a": 2})]
    );
    assert_eq!(value(&format!("{json}/own")), json!(3));
    let text = "/content/text~1plain/examples";
    assert_eq!(
        [value(&format!("{text}/json")), value(&format!("{text}/csv"))],
        [json!("{\"a\": 1}"), json!("a,b")]
    );
    assert_eq!(value("/components/examples/csv"), json!("a,b"));
    assert_eq!([value("/properties"), value("/example")], [json!(null), json!(null)]);
    let places: Vec<&str> = problems.iter().map(|problem| problem.place.pointer.as_str()).collect();
    let expected = ["bad", "none", "png"].map(|name| format!("{json}/{name}/externalValue"));
    assert_eq!(places, expected);
}

#[test]
fn ids_and_anchors_are_pointers() {
    let (document, problems) = bundled(&[(
        "a.json",
        json!({
            "$self": "https://example.org/api/openapi.json",
            "components": {"schemas": {
                "Pet": {"$id": "https://example.org/schemas/pet", "$defs": {"n": {"$anchor": "name"}},
                        "properties": {"a": {"$ref": "#name"}, "b": {"$ref": "#/$defs/n"}, "c": {"$ref": "owner"}}},
                "Owner": {"$id": "https://example.org/schemas/owner"},
                "Me": {"$ref": "openapi.json#/components/schemas/Owner"},
                "Here": {"$anchor": "here"}, "There": {"$ref": "#here"},
            }},
        }),
    )]);
    assert!(problems.is_empty(), "{problems:?}");
    let at = |pointer: &str| document.at(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let pet = "/components/schemas/Pet";
    assert_eq!(at(&format!("{pet}/properties/a/$ref")), format!("#{pet}/$defs/n"));
    assert_eq!(at(&format!("{pet}/properties/b/$ref")), format!("#{pet}/$defs/n"));
    assert_eq!(at(&format!("{pet}/properties/c/$ref")), "#/components/schemas/Owner");
    assert_eq!(at("/components/schemas/Me/$ref"), "#/components/schemas/Owner");
    assert_eq!(at("/components/schemas/There/$ref"), "#/components/schemas/Here");
}

#[test]
fn what_cannot_be_followed_is_said_once_for_each_place() {
    let (document, problems) = bundled(&[(
        "a.json",
        json!({"paths": {"/x": {"$ref": "x.yaml"}, "/y": {"$ref": "x.yaml#/y"}, "/z": {"$ref": "Pet"}, "/w": {"$ref": "#lost"}},
               "definitions": {"Pet": {}}}),
    )]);
    let said: Vec<_> = problems.iter().map(|p| (p.place.pointer.as_str(), p.level)).collect();
    assert_eq!(
        said,
        [
            ("/paths/~1x/$ref", crate::document::Level::Error),
            ("/paths/~1y/$ref", crate::document::Level::Error),
            ("/paths/~1z/$ref", crate::document::Level::Warning),
            ("/paths/~1w/$ref", crate::document::Level::Error),
        ]
    );
    assert_eq!(document.at("/paths/~1z/$ref"), Some(&json!("#/definitions/Pet")));
}

#[test]
fn mappings_of_discriminators_lead_to_files() {
    let mapping = json!({"kitty": "./cat.yaml", "pup": "pets.yaml#/Dog", "Cow": "Cow", "hen": "hen.yaml"});
    let pet = json!({
        "oneOf": [{"$ref": "./cat.yaml"}, {"$ref": "pets.yaml#/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": mapping},
    });
    let inner = json!({"allOf": [{"discriminator": {"mapping": {"own": "#/Dog", "outer": "a.yaml#/pet"}}}]});
    let (document, problems) = bundled(&[
        ("a.yaml", json!({ "pet": pet })),
        ("cat.yaml", json!({})),
        ("pets.yaml", json!({"Dog": {}, "All": inner})),
    ]);
    assert!(problems.is_empty(), "{problems:?}");
    let files = "#/x-counterpart-files";
    assert_eq!(
        document.tree.pointer("/pet/discriminator/mapping"),
        Some(
            &json!({"kitty": format!("{files}/0"), "pup": format!("{files}/1/Dog"), "Cow": "Cow", "hen": "hen.yaml"})
        )
    );
    assert_eq!(
        document.tree.pointer("/x-counterpart-files/1/All/allOf/0/discriminator/mapping"),
        Some(&json!({"own": format!("{files}/1/Dog"), "outer": "#/pet"}))
    );
}
