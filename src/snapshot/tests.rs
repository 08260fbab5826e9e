use http::{HeaderMap, StatusCode};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::file::File;
use super::*;
use crate::config;
use crate::contract::build;
use crate::document::Document;
use crate::run::MessageShown;
use crate::run::pending::{Change, Label};

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
    Response { status: StatusCode::OK, headers, body: body.to_string().into(), is_cut: false }
}

/// An answer to the documented request, and what it got when it was sent again.
fn looked(response: Response, again: Option<Response>) -> Answer {
    Answer {
        operation: OperationId::nth(0),
        case: String::new(),
        request: MessageShown::default(),
        bound: Vec::new(),
        response,
        shown: MessageShown::default(),
        again,
    }
}

fn taken(answers: &[Answer], settings: &Settings) -> Vec<Taken> {
    take(
        &contract(),
        &Names::of(&contract()),
        "http://127.0.0.1:4010/base",
        answers,
        settings,
        &Learnt::default(),
    )
}

fn contents(body: &Value, settings: &config::Snapshot) -> String {
    let taken = taken(&[looked(answer(body), None)], &Settings::of(Some(settings)).unwrap());
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
    let contents = contents(&pets, &config::Snapshot::default());
    assert!(contents.starts_with("200 OK\ncontent-type: application/json\n\n["), "{contents}");
    let text = body(&contents).to_string();
    // In the document's order; what it does not describe comes last. Counts are alike by chance.
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
    let shape = config::Snapshot { mode: Some(config::SnapshotMode::Shape), ..config::Snapshot::default() };
    let pets = json!([{"id": "1", "name": "a", "kind": "cat", "tag": null}, {"id": "2", "name": "b", "kind": "dog", "tag": "x", "count": 1}]);
    assert_eq!(
        body(&contents(&pets, &shape)),
        json!([{"id": "string (uuid)", "name": "string", "tag": "null | string", "kind": "\"cat\" | \"dog\"", "count?": "integer"}])
    );
    // What the document allows is there also on a day on which nothing shows it.
    let less = json!([{"id": "1", "name": "a", "kind": "cat", "tag": "x"}, {"id": "2", "name": "b", "kind": "dog", "tag": "y", "count": 1}]);
    assert_eq!(body(&contents(&less, &shape)), body(&contents(&pets, &shape)));
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
    let plain = config::Snapshot::default();
    let old = contents(&json!([{"id": "1", "name": "a"}]), &plain);
    let found = changes(&old, &contents(&new, &plain), &contract.operations[0], &answer(&new));
    let found: Vec<(&str, Label)> =
        found.iter().map(|change| (change.change.as_str(), change.label)).collect();
    assert_eq!(found, expected);
}

/// An operation whose answers may break the document in every way that a label must see.
fn strict() -> Contract {
    let document = Document::of(
        "t",
        json!({"openapi": "3.1.0", "paths": {"/x": {"get": {"operationId": "x", "responses": {"200": {
            "headers": {"X-Kind": {"schema": {"enum": ["a", "b"]}}},
            "content": {
                "application/json": {"schema": {"type": "object", "properties": {
                    "alt": {"oneOf": [
                        {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "cat"}}},
                        {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "dog"}}},
                    ]},
                    "items": {"type": "array", "minItems": 2, "items": {"type": "integer"}},
                    "scores": {"type": "object", "additionalProperties": {"type": "integer"}},
                    "name": {"type": "string"},
                }}},
                "text/plain": {"schema": {"type": "string", "enum": ["on", "off"]}},
                "image/png": {},
            },
        }}}}}}),
    );
    build("t", &document).unwrap().0
}

fn of_type(media_type: &str, body: &[u8]) -> Response {
    let mut response = answer(&json!(null));
    response.headers.insert("content-type", media_type.parse().unwrap());
    response.headers.insert("x-kind", "a".parse().unwrap());
    response.body = body.to_vec().into();
    response
}

const JSON: &str = "application/json";

#[rstest]
#[case(JSON, r#"{"alt": {"kind": "zebra"}, "items": [1, 2], "scores": {"7": 1}}"#, &[("~ /alt/kind", Label::Breaks)])]
#[case(JSON, r#"{"alt": {}, "items": [1, 2], "scores": {"7": 1}}"#, &[("- /alt/kind", Label::Breaks)])]
#[case(JSON, r#"{"alt": {"kind": "dog"}, "items": [1, 2], "scores": {"7": 1}}"#, &[("~ /alt/kind", Label::Allowed)])]
#[case(JSON, r#"{"alt": {"kind": "cat"}, "items": [1], "scores": {"7": 1}}"#, &[("- /items/*", Label::Breaks)])]
#[case(JSON, r#"{"alt": {"kind": "cat"}, "items": [1, 2], "scores": {"7": "bad"}}"#, &[("~ /scores/7", Label::Breaks)])]
#[case(JSON, r#"{"alt": {"kind": "cat"}, "items": [1, 2], "scores": {"7": 1, "8": 2}}"#, &[("+ /scores/8", Label::Allowed)])]
#[case(JSON, "<html>", &[("~ body", Label::Breaks)])]
#[case("text/plain", "off", &[("~ header content-type", Label::Allowed), ("~ body", Label::Allowed)])]
#[case("text/plain", "perhaps", &[("~ header content-type", Label::Allowed), ("~ body", Label::Breaks)])]
#[case("image/png", "png", &[("~ header content-type", Label::Allowed), ("~ body", Label::Allowed)])]
#[case("text/html", "<p>", &[("~ header content-type", Label::Unknown), ("~ body", Label::Unknown)])]
fn nothing_that_breaks_the_document_is_called_allowed(
    #[case] media_type: &str,
    #[case] body: &str,
    #[case] expected: &[(&str, Label)],
) {
    let contract = strict();
    let told = config::Snapshot {
        headers: vec!["content-type".to_owned(), "x-kind".to_owned()],
        ..config::Snapshot::default()
    };
    let taken = |response: Response| {
        let names = Names::of(&contract);
        let settings = Settings::of(Some(&told)).unwrap();
        let taken =
            take(&contract, &names, "http://t", &[looked(response, None)], &settings, &Learnt::default());
        taken[0].contents.clone()
    };
    let old = of_type(JSON, br#"{"alt": {"kind": "cat"}, "items": [1, 2], "scores": {"7": 1}}"#);
    let new = of_type(media_type, body.as_bytes());
    let (old, contents) = (taken(old), taken(new.clone()));
    let found = changes(&old, &contents, &contract.operations[0], &new);
    let found: Vec<(&str, Label)> = found.iter().map(|c| (c.change.as_str(), c.label)).collect();
    assert_eq!(found, expected);
    // Each is labelled at its line.
    let all = changes(&old, &contents, &contract.operations[0], &new);
    let labels = lines(&old, &contents, &all, 2).into_iter().filter(|line| line.label.is_some()).count();
    assert_eq!(labels, expected.len());
    let mut odd = of_type(JSON, br#"{"alt": {"kind": "cat"}, "items": [1, 2], "scores": {"7": 1}}"#);
    odd.headers.insert("x-kind", "zebra".parse().unwrap());
    let found = changes(&old, &taken(odd.clone()), &contract.operations[0], &odd);
    assert_eq!(found, [Change { change: "~ header x-kind".to_owned(), label: Label::Breaks }]);
}

#[test]
fn a_shape_tells_null_and_lack_in_the_name() {
    let shape = config::Snapshot { mode: Some(config::SnapshotMode::Shape), ..config::Snapshot::default() };
    let old = json!([{"id": "1", "home": {"n": 1}, "name": "a"}]);
    let new = json!([{"id": "1", "home": {"n": 1}, "name": "a"}, {"id": "1", "home": null}]);
    assert_eq!(
        body(&contents(&new, &shape)),
        json!([{"id": "string (uuid)", "name?": "string", "home|null": {"n": "integer"}}])
    );
    let found =
        changes(&contents(&old, &shape), &contents(&new, &shape), &contract().operations[0], &answer(&new));
    let found: Vec<&str> = found.iter().map(|change| change.change.as_str()).collect();
    assert_eq!(found, ["~ /*/name", "~ /*/home"]);
}

#[test]
fn octets_are_told_by_size_and_digest() {
    let mut response = answer(&json!(null));
    response.headers.insert("content-type", "image/png".parse().unwrap());
    response.body = vec![0xff, 0xd8, 0].into();
    let taken = taken(&[looked(response, None)], &Settings::of(None).unwrap());
    // As `printf '\377\330\0' | sha256sum` has it.
    assert_eq!(
        taken[0].contents,
        "200 OK\ncontent-type: image/png\n\n3 octets, SHA-256 9ec23d79a7430da182d3a7b64c4d53e69a0512b3f0288cbf9cedaca5ab0792d3\n"
    );
}

#[test]
fn a_text_is_read_back_as_it_was_taken() {
    let mut response = answer(&json!(null));
    response.headers.insert("content-type", "text/plain".parse().unwrap());
    response.body = "one\r\ntwo\r\r\nthree\r".into();
    let taken = taken(&[looked(response, None)], &Settings::of(None).unwrap());
    let contents = taken[0].contents.clone();
    assert!(contents.ends_with("one\ntwo\nthree\n"), "{contents:?}");
    let file = File { contents, ..File::default() };
    assert_eq!(File::parse(&file.write()), Some(file));
}

#[test]
fn marks_of_a_conflict_make_no_snapshot() {
    let file = File { expression: "GET /a".to_owned(), contents: "200 OK\n".to_owned(), ..File::default() };
    assert_eq!(File::parse(&file.write().replace('\n', "\r\n")), Some(file.clone()));
    let torn = file.write().replace("200 OK", "<<<<<<< HEAD\n200 OK\n=======\n201\n>>>>>>> b");
    assert!(File::parse(&torn).is_some_and(|file| file.is_torn()));
    // A text may hold such lines, but not all three in that order.
    let heading = file.write().replace("200 OK", ">>>>>>> quoted\nHeading\n=======\n");
    assert!(!File::parse(&heading).is_some_and(|file| file.is_torn()));
    assert_eq!(File::parse("no snapshot"), None);
}

#[test]
fn refusals_are_cases_of_their_own_where_they_are_kept() {
    let told = config::Snapshot {
        statuses: vec!["2XX".to_owned(), "4XX".to_owned()],
        ..config::Snapshot::default()
    };
    let refused = |case: &str, status: u16| {
        let mut response = answer(&json!({"detail": "no"}));
        response.status = StatusCode::from_u16(status).unwrap();
        Answer { case: case.to_owned(), ..looked(response, None) }
    };
    let mut csv = answer(&json!(null));
    csv.headers.insert("content-type", "text/csv".parse().unwrap());
    let answers = [
        looked(answer(&json!([])), None),
        looked(csv, None),
        refused("no-key", 401),
        refused("unknown-key", 401),
        refused("lacks-pet:read", 403),
        looked(answer(&json!([])), None),
    ];
    let names = |settings: &Settings| -> Vec<String> {
        taken(&answers, settings).into_iter().map(|taken| taken.name).collect()
    };
    assert_eq!(
        names(&Settings::of(Some(&told)).unwrap()),
        [
            "pets.200.snap",
            "pets.200.csv.snap",
            "pets.401.no-key.snap",
            "pets.401.unknown-key.snap",
            "pets.403.lacks-pet_read.snap"
        ]
    );
    assert_eq!(names(&Settings::of(None).unwrap()), ["pets.200.snap", "pets.200.csv.snap"]);
    assert_eq!(
        Names::of(&contract()).operation_of(&contract(), "pets.403.lacks-pet_read.snap").unwrap().id,
        "pets"
    );
    assert!(Names::of(&contract()).operation_of(&contract(), "gone.200.snap").is_none());
}

#[rstest]
#[case("http://127.0.0.1:4010/pets?page=2", "[target]/pets?page=2")]
#[case("\"http://127.0.0.1:4010\"", "\"[target]\"")]
#[case("http://127.0.0.1:40101/pets", "http://127.0.0.1:40101/pets")]
#[case("http://example.org/pets", "http://example.org/pets")]
fn the_target_is_the_same_on_every_machine(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(elsewhere(text, "http://127.0.0.1:4010/base", "[target]"), expected);
}

#[test]
fn the_id_that_was_asked_for_is_named_after_the_path() {
    let pet = json!({"id": 7, "petId": "7", "owner": {"id": 7}, "count": 7});
    let answer = Answer { bound: vec![("petId".to_owned(), json!(7))], ..looked(answer(&pet), None) };
    let taken = taken(&[answer], &Settings::of(None).unwrap());
    // What is alike by chance stays.
    assert_eq!(
        body(&taken[0].contents),
        json!({
            "count": 7, "id": "[number = path.petId]", "owner": {"id": 7}, "petId": "[string = path.petId]",
        })
    );
}

#[test]
fn what_two_looks_show_differently_is_volatile() {
    let contract = contract();
    let settings = Settings::of(None).unwrap();
    let look = |name: &str, tag: &Value, owner: &str, zoo: &Value| {
        answer(&json!([
            {"id": "1", "name": name, "tag": tag, "owner": owner, "zoo": zoo},
            {"id": "2", "name": "same", "tag": null},
        ]))
    };
    let answers = [looked(
        look("Rex", &json!(null), "a", &json!([1])),
        Some(look("Max", &json!("x"), "b", &json!([1, 2]))),
    )];
    let learnt = learn(&contract, &Names::of(&contract), &answers, &settings, &Learnt::default());
    assert_eq!(
        serde_json::to_value(&learnt).unwrap(),
        json!({"pets": {"/*/name": "string", "/*/tag": "string", "/*/zoo": "list"}})
    );
    let changes = learnt.beside(&Learnt::default(), &contract, &Names::of(&contract));
    assert_eq!(
        changes.iter().map(|change| (change.change.as_str(), change.label)).collect::<Vec<_>>(),
        [
            ("+ pets /*/name", Label::Allowed),
            ("+ pets /*/tag", Label::Allowed),
            ("+ pets /*/zoo", Label::Unknown)
        ]
    );
    assert_eq!(Learnt::parse(&learnt.write()).as_ref(), Some(&learnt));
    // What is known is not learnt again, and both looks give the same snapshot.
    assert!(learn(&contract, &Names::of(&contract), &answers, &settings, &learnt).is_empty());
    let snapshot = |answer: &Answer| {
        let taken = take(
            &contract,
            &Names::of(&contract),
            "http://t",
            std::slice::from_ref(answer),
            &settings,
            &learnt,
        );
        taken[0].contents.clone()
    };
    let again = looked(answers[0].again.clone().unwrap(), None);
    assert_eq!(snapshot(&answers[0]), snapshot(&again));
    assert_eq!(
        body(&snapshot(&again)),
        json!([
            {"id": "[uuid]", "owner": "[uuid]", "name": "[string]", "tag": "[string]", "zoo": ["integer"]},
            {"id": "[uuid]", "name": "[string]", "tag": "[string]"},
        ])
    );
}

#[test]
fn a_text_that_differs_is_volatile_as_a_whole() {
    let look = |text: &str| {
        let mut response = answer(&json!(null));
        response.headers.insert("content-type", "text/plain".parse().unwrap());
        response.body = text.to_owned().into();
        response
    };
    let (contract, settings) = (contract(), Settings::of(None).unwrap());
    let answers = [looked(look("now"), Some(look("later")))];
    let learnt = learn(&contract, &Names::of(&contract), &answers, &settings, &Learnt::default());
    assert_eq!(serde_json::to_value(&learnt).unwrap(), json!({"pets": {"": "text"}}));
    let taken = take(&contract, &Names::of(&contract), "http://t", &answers, &settings, &learnt);
    assert_eq!(taken[0].contents, "200 OK\ncontent-type: text/plain\n\n[text]\n");
    assert!(learn(&contract, &Names::of(&contract), &answers, &settings, &learnt).is_empty());
}

#[test]
fn csv_that_is_described_is_kept_by_its_columns() {
    let document = Document::of(
        "t",
        json!({"openapi": "3.1.0", "paths": {"/rows": {"get": {"operationId": "rows", "responses": {"200": {"content": {
            "text/csv": {"schema": {"type": "array", "items": {"type": "object", "properties": {
                "id": {"type": "string", "format": "uuid"}, "name": {"type": "string"},
            }}}},
        }}}}}}}),
    );
    let contract = build("t", &document).unwrap().0;
    let mut response = answer(&json!(null));
    response.headers.insert("content-type", "text/csv".parse().unwrap());
    response.body = "name,id\nRex,1b\n".into();
    let answers = [looked(response, None)];
    let taken = take(
        &contract,
        &Names::of(&contract),
        "http://t",
        &answers,
        &Settings::of(None).unwrap(),
        &Learnt::default(),
    );
    assert_eq!(body(&taken[0].contents), json!([{"id": "[uuid]", "name": "Rex"}]));
}

proptest! {
    #[test]
    fn reading_undoes_writing(expression in "\\PC*", contents in "[a-z{}\" \n-]*") {
        let file = File { expression, info: Some("[]".to_owned()), contents: contents + "\n", ..File::default() };
        prop_assert_eq!(File::parse(&file.write()), Some(file));
    }
}
