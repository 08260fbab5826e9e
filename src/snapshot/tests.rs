use http::{HeaderMap, StatusCode};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::file::File;
use super::*;
use crate::contract::build;
use crate::document::Document;

fn contract() -> Contract {
    let document = Document::of(
        "t",
        json!({
            "openapi": "3.1.0",
            "components": {"schemas": {"Pet": {
                "type": "object", "required": ["id", "name"],
                "properties": {
                    "id": {"type": "string", "format": "uuid"}, "owner": {"type": "string", "format": "uuid"},
                    "name": {"type": "string"}, "tag": {"type": ["string", "null"]},
                    "kind": {"enum": ["cat", "dog"]}, "made": {"type": "string", "format": "date-time"},
                    "count": {"type": "integer", "readOnly": true},
                },
            }}},
            "paths": {"/pets": {"get": {"operationId": "pets", "responses": {"200": {"content": {
                "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}},
            }}}}}},
        }),
    );
    build("t", &document).unwrap().0
}

fn answer(body: &Value) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/json".parse().unwrap());
    headers.insert("date", "now".parse().unwrap());
    Response { status: StatusCode::OK, headers, body: body.to_string().into() }
}

fn contents(body: &Value, settings: &settings::Snapshot) -> String {
    let taken = take(&contract(), &[(0, answer(body))], &Settings::of(Some(settings)).unwrap());
    assert_eq!(taken[0].name, "pets.200.snap");
    taken[0].contents.clone()
}

fn body(contents: &str) -> Value {
    serde_json::from_str(contents.split_once("\n\n").unwrap().1).unwrap()
}

#[test]
fn volatile_values_are_named_after_where_they_first_stood() {
    let pets = json!([
        {"made": "2026-01-01T00:00:00Z", "zoo": 1, "name": "a", "owner": "1b", "id": "1b", "count": 3},
        {"made": "2026-01-01T00:00:00Z", "name": "b", "owner": "1b", "id": "2c", "tag": null},
    ]);
    let contents = contents(&pets, &settings::Snapshot::default());
    assert!(contents.starts_with("200 OK\ncontent-type: application/json\n\n["), "{contents}");
    let text = body(&contents).to_string();
    // In the document's order; what it does not describe comes last.
    assert_eq!(
        text,
        json!([
            {"id": "[uuid]", "owner": "[uuid = /0/id]", "name": "a", "made": "[date-time]", "count": "[number]", "zoo": 1},
            {"id": "[uuid]", "owner": "[uuid = /0/id]", "name": "b", "tag": null, "made": "[date-time]"},
        ])
        .to_string()
    );
}

#[test]
fn a_shape_is_the_union_of_its_items() {
    let shape =
        settings::Snapshot { mode: Some(settings::SnapshotMode::Shape), ..settings::Snapshot::default() };
    let pets = json!([{"id": "1", "name": "a", "kind": "cat", "tag": null}, {"id": "2", "name": "b", "kind": "dog", "tag": "x", "count": 1}]);
    assert_eq!(
        body(&contents(&pets, &shape)),
        json!([{"id": "string (uuid)", "name": "string", "tag": "null | string", "kind": "\"cat\" | \"dog\"", "count?": "integer"}])
    );
    // More of the same is the same.
    let more = json!([{"id": "3", "name": "c", "kind": "dog", "tag": "y", "count": 2}, {"id": "1", "name": "a", "kind": "cat", "tag": null}]);
    assert_eq!(body(&contents(&more, &shape)), body(&contents(&pets, &shape)));
}

#[rstest]
#[case(json!([{"id": "1", "name": "a", "tag": "new"}]), &[("+ /*/tag", Label::Allowed)])]
#[case(json!([{"id": "1", "name": "b"}]), &[("~ /*/name", Label::Allowed)])]
#[case(json!([{"id": "1", "name": 7}]), &[("~ /*/name", Label::Breaks)])]
#[case(json!([{"id": "1"}]), &[("- /*/name", Label::Breaks)])]
#[case(json!([{"id": "1", "name": "a", "zoo": 1}]), &[("+ /*/zoo", Label::Unknown)])]
#[case(json!([{"id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "name": "a"}, {"id": "3fa85f64-5717-4562-b3fc-2c963f66afa7", "name": "b"}]), &[("+ /*", Label::Allowed)])]
#[case(json!([{"id": "9", "name": "a"}]), &[])]
fn changes_are_labelled(#[case] new: Value, #[case] expected: &[(&str, Label)]) {
    let contract = contract();
    let plain = settings::Snapshot::default();
    let old = contents(&json!([{"id": "1", "name": "a"}]), &plain);
    let found = changes(&old, &contents(&new, &plain), &contract.operations[0], &answer(&new));
    let found: Vec<(&str, Label)> =
        found.iter().map(|change| (change.change.as_str(), change.label)).collect();
    assert_eq!(found, expected);
}

#[test]
fn octets_are_told_by_size_and_digest() {
    let mut response = answer(&json!(null));
    response.headers.insert("content-type", "image/png".parse().unwrap());
    response.body = vec![0xff, 0xd8, 0].into();
    let taken = take(&contract(), &[(0, response)], &Settings::of(None).unwrap());
    assert_eq!(taken[0].contents, "200 OK\ncontent-type: image/png\n\n3 octets, FNV-1a fa15b91be4e62226\n");
}

#[test]
fn marks_of_a_conflict_make_no_snapshot() {
    let file = File { expression: "GET /a".to_owned(), info: None, contents: "200 OK\n".to_owned() };
    assert_eq!(File::parse(&file.write().replace('\n', "\r\n")), Some(file.clone()));
    let torn = file.write().replace("200 OK", "<<<<<<< HEAD\n200 OK\n=======\n201\n>>>>>>> b");
    assert_eq!(File::parse(&torn), None);
    assert_eq!(File::parse("no snapshot"), None);
}

proptest! {
    #[test]
    fn reading_undoes_writing(expression in "\\PC*", contents in "[a-z{}\" \n-]*") {
        let file = File { expression, info: Some("[]".to_owned()), contents: contents + "\n" };
        prop_assert_eq!(File::parse(&file.write()), Some(file));
    }
}
